"""PDF files made by hand, whole and hostile, for the tests of scanning."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.scan.frames import Pixels


def pdf(pictures: list[Pixels], *, points: float = 300.0, encrypted: bool = False) -> bytes:
    """Make a PDF with one gray picture a page, each page that many points wide and high.

    Args:
        pictures: Of the pages.
        points: Side of a page; 72 are an inch.
        encrypted: Whether it claims to be locked with a password.
    """
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    add(b"<< /Type /Catalog /Pages 2 0 R >>")
    add(b"")  # the pages, once they are known
    kids = []
    for picture in pictures:
        height, width = picture.shape
        image = add(
            _stream(
                picture.tobytes(),
                f"/Type /XObject /Subtype /Image /Width {width} /Height {height} "
                "/ColorSpace /DeviceGray /BitsPerComponent 8",
            )
        )
        content = add(_stream(f"{points} 0 0 {points} 0 0 cm /P Do".encode(), ""))
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {points} {points}] /Contents "
                f"{content} 0 R /Resources << /XObject << /P {image} 0 R >> >> >>".encode()
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    lock = ""
    if encrypted:
        key = "<" + "28" * 32 + ">"
        number = add(f"<< /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -44 >>".encode())
        lock = f"/Encrypt {number} 0 R /ID [<00> <00>]"
    return _file(objects, lock)


def _stream(content: bytes, entries: str) -> bytes:
    packed = zlib.compress(content)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
    return head + packed + b"\nendstream"


def _file(objects: list[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())
