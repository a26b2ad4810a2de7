"""Where a resource is created, and the ids and ARNs that follow from that: the same each time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

# Attributes of any type, as Terraform names them.
Attributes = Mapping[str, Any]
Decided = dict[str, Any]


class Place(Struct, frozen=True):
    """Where a resource is created.

    Attributes:
        address: Its address, which makes its ids its own, and the same each time.
        region: For example ``us-east-1``.
        account: Twelve digits.
    """

    address: str
    region: str
    account: str

    def hexadecimal(self, length: int) -> str:
        """Hexadecimal digits that belong to this resource."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:length]

    def word(self, length: int) -> str:
        """Lower-case letters and digits that belong to this resource, beginning with a letter."""
        number = int(hashlib.sha256(f"word:{self.address}".encode()).hexdigest(), 16)
        digits = "abcdefghijklmnopqrstuvwxyz0123456789"
        letters = [digits[number % 26]]
        number //= 26
        while len(letters) < length:
            number, digit = divmod(number, 36)
            letters.append(digits[digit])
        return "".join(letters)

    def uuid(self) -> str:
        """A UUID that belongs to this resource."""
        digits = self.hexadecimal(32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """An ARN of something of this account and region."""
        return f"arn:aws:{service}:{self.region if region else ''}:{self.account if account else ''}:{resource}"


Decide = Callable[[Attributes, Place], Decided]
