class ListPortInfo:
    device: str
    description: str
    manufacturer: str | None
    product: str | None

def comports() -> list[ListPortInfo]: ...
