variable "region" {
  description = "AWS region of everything"
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "domain_name" {
  description = "Domain of the game; the board is at api.<domain>"
  type        = string
  default     = "example.com"
  nullable    = false
}

variable "vpc_cidr" {
  description = "Addresses of vpc"
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
}

variable "public_subnet_a_cidr" {
  description = "Addresses of public subnet a"
  type        = string
  default     = "10.0.1.0/24"
  nullable    = false
}

variable "public_subnet_b_cidr" {
  description = "Addresses of public subnet b"
  type        = string
  default     = "10.0.2.0/24"
  nullable    = false
}

variable "private_subnet_a_cidr" {
  description = "Addresses of private subnet a"
  type        = string
  default     = "10.0.101.0/24"
  nullable    = false
}

variable "private_subnet_b_cidr" {
  description = "Addresses of private subnet b"
  type        = string
  default     = "10.0.102.0/24"
  nullable    = false
}

variable "enable_nat_gateways" {
  description = "Whether private subnets reach the internet, through a NAT gateway per zone"
  type        = bool
  default     = false
  nullable    = false
}

variable "allowed_ssh_cidr" {
  description = "Addresses that may open SSH to the instance; null for none"
  type        = string
  default     = null
}

variable "instance_type" {
  description = "Type of the board's instance (x86_64)"
  type        = string
  default     = "t2.micro"
  nullable    = false
}

variable "ami_id" {
  description = "Image of the board's instance; null for the latest Amazon Linux 2023"
  type        = string
  default     = null
}

variable "key_name" {
  description = "Key pair for SSH to the instance; null for none"
  type        = string
  default     = null
}

variable "artifacts_bucket_name" {
  description = "Bucket of the board's code; unique in the world"
  type        = string
  default     = "example-com-tictactoe"
  nullable    = false
}

variable "enable_point_in_time_recovery" {
  description = "Whether the table can be restored to any second of 35 days"
  type        = bool
  default     = false
  nullable    = false
}

variable "set_api_gateway_log_role" {
  description = "Whether to set the account's role with which API Gateway writes logs"
  type        = bool
  default     = true
  nullable    = false
}
