variable "allowed_ssh_cidr" {
  description = "Addresses that may open SSH to the instance; null for none"
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC"
  type        = string
}
