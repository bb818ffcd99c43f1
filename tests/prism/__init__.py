"""An independent check of what is asked of MultiBaas, against its official description."""
