terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region            = "us-east-1"
  access_key        = "a"
  secret_key        = "b"
  s3_use_path_style = true
  max_retries       = 1

  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {
    s3 = "ENDPOINT"
  }
  default_tags { tags = { App = "t" } }
}
resource "aws_s3_bucket" "a" {
  bucket        = "plants"
  force_destroy = true
  tags          = { Name = "a" }
}
resource "aws_s3_bucket" "logs" {
  bucket        = "plants-logs"
  force_destroy = true
}
resource "aws_s3_bucket" "locked" {
  bucket              = "plants-locked"
  object_lock_enabled = true
  force_destroy       = true
}
resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 1
    }
  }
}
resource "aws_s3_bucket_versioning" "a" {
  bucket = aws_s3_bucket.a.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "k" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
    }
    bucket_key_enabled = true
  }
}
resource "aws_s3_bucket_public_access_block" "a" {
  bucket                  = aws_s3_bucket.a.id
  block_public_acls       = true
  block_public_policy     = false
  ignore_public_acls      = true
  restrict_public_buckets = false
}
resource "aws_s3_bucket_policy" "a" {
  bucket     = aws_s3_bucket.a.id
  policy     = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "x", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = [aws_s3_bucket.a.arn, "${aws_s3_bucket.a.arn}/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } }] })
  depends_on = [aws_s3_bucket_public_access_block.a]
}
resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule { object_ownership = "BucketOwnerPreferred" }
}
resource "aws_s3_bucket_acl" "logs" {
  depends_on = [aws_s3_bucket_ownership_controls.logs]
  bucket     = aws_s3_bucket.logs.id
  acl        = "log-delivery-write"
}
resource "aws_s3_bucket_logging" "a" {
  bucket        = aws_s3_bucket.a.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "log/"
}
resource "aws_s3_bucket_cors_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}
resource "aws_s3_bucket_website_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  index_document { suffix = "index.html" }
  error_document { key = "error.html" }
  routing_rule {
    condition { key_prefix_equals = "docs/" }
    redirect { replace_key_prefix_with = "documents/" }
  }
}
resource "aws_s3_bucket_notification" "a" {
  bucket      = aws_s3_bucket.a.id
  eventbridge = true
}
resource "aws_s3_bucket_intelligent_tiering_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  name   = "entire"
  tiering {
    access_tier = "DEEP_ARCHIVE_ACCESS"
    days        = 180
  }
}
resource "aws_s3_bucket_metric" "a" {
  bucket = aws_s3_bucket.a.id
  name   = "all"
}
resource "aws_s3_bucket_analytics_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  name   = "all"
}
resource "aws_s3_bucket_inventory" "a" {
  bucket                   = aws_s3_bucket.a.id
  name                     = "daily"
  included_object_versions = "All"
  schedule { frequency = "Daily" }
  destination {
    bucket {
      format     = "ORC"
      bucket_arn = aws_s3_bucket.logs.arn
    }
  }
}
resource "aws_s3_bucket_accelerate_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  status = "Enabled"
}
resource "aws_s3_bucket_request_payment_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  payer  = "Requester"
}
resource "aws_s3_object" "o" {
  bucket        = aws_s3_bucket.a.id
  key           = "index.html"
  content       = "<h1>hi</h1>"
  content_type  = "text/html"
  cache_control = "max-age=3"
  metadata      = { who = "me" }
}
resource "aws_s3_object" "f" {
  bucket = aws_s3_bucket.a.id
  key    = "dir/file.txt"
  source = "file.txt"
  etag   = filemd5("file.txt")
}
resource "aws_s3_object_copy" "c" {
  bucket = aws_s3_bucket.a.id
  key    = "copy.html"
  source = "${aws_s3_bucket.a.id}/${aws_s3_object.o.key}"
}
data "aws_s3_bucket" "a" { bucket = aws_s3_bucket.a.id }
data "aws_s3_objects" "a" {
  bucket     = aws_s3_bucket.a.id
  depends_on = [aws_s3_object.o]
}
data "aws_s3_object" "o" {
  bucket = aws_s3_bucket.a.id
  key    = aws_s3_object.o.key
}
