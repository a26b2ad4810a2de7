variable "region" {
  description = "AWS region of everything"
  type        = string
}

variable "domain_name" {
  description = "Domain of the game; the board is at api.<domain>"
  type        = string
}

variable "instance_type" {
  description = "Type of the board's instance (x86_64)"
  type        = string
}

variable "ami_id" {
  description = "Image of the board's instance; null for the latest Amazon Linux 2023"
  type        = string
}

variable "key_name" {
  description = "Key pair for SSH to the instance; null for none"
  type        = string
}

variable "artifacts_bucket_name" {
  description = "Bucket of the board's code; unique in the world"
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC"
  type        = string
}

variable "private_route_table_ids" {
  description = "Ids of the route tables private_a and private_b"
  type        = list(string)
}

variable "players_arn" {
  description = "ARN of the DynamoDB table players"
  type        = string
}

variable "private_subnets" {
  description = "Ids of the subnets private_subnet_a and private_subnet_b"
  type        = list(string)
}

variable "jpro_security_group_id" {
  description = "Id of the security group jpro_sg"
  type        = string
}

variable "players_name" {
  description = "Name of the DynamoDB table players"
  type        = string
}

variable "queue_api_endpoint" {
  description = "API endpoint of the API queue"
  type        = string
}

variable "alb_security_group_id" {
  description = "Id of the security group alb_sg"
  type        = string
}

variable "public_subnets" {
  description = "Ids of the subnets public_subnet_a and public_subnet_b"
  type        = list(string)
}
