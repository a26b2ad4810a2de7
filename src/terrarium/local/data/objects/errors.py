"""S3's refusals that follow from what is stored, with its own codes, texts and statuses.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

import errno

from terrarium.local.aws_error import AwsError

FULL = 507


def no_such_bucket(name: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)


def no_such_key(key: str) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)


def no_such_version(key: str, version: str) -> AwsError:
    return AwsError("NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version)


def no_such_upload(upload: str) -> AwsError:
    text = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed."
    )
    return AwsError("NoSuchUpload", text, 404, UploadId=upload)


def bucket_is_yours(name: str) -> AwsError:
    text = "Your previous request to create the named bucket succeeded and you already own it."
    return AwsError("BucketAlreadyOwnedByYou", text, 409, BucketName=name)


def bucket_not_empty(name: str) -> AwsError:
    return AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409, BucketName=name)


def invalid_bucket_name(name: str) -> AwsError:
    return AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, BucketName=name)


def key_too_long(size: int, limit: int) -> AwsError:
    return AwsError("KeyTooLongError", "Your key is too long", 400, Size=size, MaxSizeAllowed=limit)


def precondition_failed(condition: str) -> AwsError:
    text = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", text, 412, Condition=condition)


def locked() -> AwsError:
    return AwsError("AccessDenied", "Access Denied because object protected by object lock.", 403)


def invalid_part() -> AwsError:
    text = (
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified "
        "entity tag may not match the part's entity tag."
    )
    return AwsError("InvalidPart", text, 400)


def part_order() -> AwsError:
    text = "The list of parts was not in ascending order. Parts must be ordered by part number."
    return AwsError("InvalidPartOrder", text, 400)


def too_small(number: int, size: int, least: int) -> AwsError:
    text = "Your proposed upload is smaller than the minimum allowed size"
    return AwsError("EntityTooSmall", text, 400, ProposedSize=size, MinSizeAllowed=least, PartNumber=number)


def too_large(limit: int) -> AwsError:
    text = "Your proposed upload exceeds the maximum allowed size"
    return AwsError("EntityTooLarge", text, 400, MaxSizeAllowed=limit)


def disk(fault: Exception, full: bool = False) -> AwsError:
    """The disk does not do what it should. S3 has no code of its own for it.

    507 says so (https://www.rfc-editor.org/rfc/rfc4918#section-11.5), and SDKs do not try it again for minutes as they
    would a 500: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    if full or (isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT)):
        return AwsError("InternalError", "The disk that Terrarium keeps its objects on is full", FULL)
    return AwsError("InternalError", f"Terrarium cannot keep its objects: {fault}", FULL)
