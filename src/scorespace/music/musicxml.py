def looks_like(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \r\n\t")[:5] in (b"<?xml", b"<scor", b"<!DOC")
