variable "region" {
  description = "AWS region of everything"
  type        = string
  default     = "us-east-1"
  nullable    = false
}
