output "artifacts_arn" {
  description = "ARN of the S3 bucket artifacts"
  value       = aws_s3_bucket.artifacts.arn
}

output "artifacts_bucket" {
  description = "Name of the S3 bucket artifacts"
  value       = aws_s3_bucket.artifacts.bucket
}

output "main_name_servers" {
  description = "Name servers of the Route 53 zone main"
  value       = aws_route53_zone.main.name_servers
}
