"""The ``aws-chunked`` content encoding, in which SDKs send what they sign or sum up while they send it. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and, for what follows the content,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html. Signatures of chunks are not checked, as
no signature is.
"""

from __future__ import annotations

from terrarium.local.aws_error import AwsError

_LONGEST_LINE = 8192
_MOST_TRAILERS = 32


class Chunks:
    """Takes an encoded body as it arrives and gives back what it holds.

    Attributes:
        trailers: What followed the content, names in lower case.
        ended: Whether the body is complete.
    """

    def __init__(self) -> None:
        self.trailers: dict[str, str] = {}
        self.ended = False
        self._held = bytearray()
        self._left = 0  # bytes of the current chunk that are still to come
        self._state = self._size_line

    def feed(self, data: bytes) -> bytes:
        """The content in the next bytes.

        Raises:
            AwsError: IncompleteBody where they are not encoded as they should.
        """
        self._held += data
        found = bytearray()
        while self._state(found):
            pass
        return bytes(found)

    def _size_line(self, found: bytearray) -> bool:
        del found
        line = self._line()
        if line is None:
            return False
        try:
            self._left = int(line.partition(b";")[0], 16)
        except ValueError:
            raise incomplete() from None
        if self._left < 0:
            raise incomplete()
        self._state = self._data if self._left else self._trailer
        return True

    def _data(self, found: bytearray) -> bool:
        taken = self._held[: self._left]
        found += taken
        del self._held[: len(taken)]
        self._left -= len(taken)
        if self._left:
            return False
        self._state = self._end_of_data
        return True

    def _end_of_data(self, found: bytearray) -> bool:
        del found
        line = self._line()
        if line is None:
            return False
        if line:
            raise incomplete()
        self._state = self._size_line
        return True

    def _trailer(self, found: bytearray) -> bool:
        del found
        line = self._line()
        if line is None:
            return False
        if not line:
            self.ended = True
            self._state = self._nothing
            return False
        name, colon, value = line.partition(b":")
        if not colon or len(self.trailers) == _MOST_TRAILERS:
            raise AwsError("MalformedTrailerError", "The request contained trailing data that was not well-formed.")
        self.trailers[name.decode("ascii", "replace").strip().lower()] = value.decode("ascii", "replace").strip()
        return True

    def _nothing(self, found: bytearray) -> bool:
        del found
        self._held.clear()
        return False

    def _line(self) -> bytes | None:
        end = self._held.find(b"\n", 0, _LONGEST_LINE)
        if end < 0:
            if len(self._held) > _LONGEST_LINE:
                raise incomplete()
            return None
        line = bytes(self._held[:end]).rstrip(b"\r")
        del self._held[: end + 1]
        return line

    def close(self) -> None:
        """Says that no more comes; a body may end without the last empty line.

        Raises:
            AwsError: IncompleteBody.
        """
        if self._state == self._trailer and not self._held:
            self.ended = True
        if not self.ended:
            raise incomplete()


def incomplete() -> AwsError:
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return AwsError("IncompleteBody", message, 400)
