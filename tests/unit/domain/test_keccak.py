import pytest

from app.domain.keccak import keccak


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_it_is_keccak_and_not_sha3(data: bytes, digest: str) -> None:
    assert keccak(data).hex() == digest
