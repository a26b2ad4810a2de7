variable "region" {
  description = "AWS region of everything"
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses of vpc"
  type        = string
}

variable "public_subnet_a_cidr" {
  description = "Addresses of public subnet a"
  type        = string
}

variable "public_subnet_b_cidr" {
  description = "Addresses of public subnet b"
  type        = string
}

variable "private_subnet_a_cidr" {
  description = "Addresses of private subnet a"
  type        = string
}

variable "private_subnet_b_cidr" {
  description = "Addresses of private subnet b"
  type        = string
}

variable "enable_nat_gateways" {
  description = "Whether private subnets reach the internet, through a NAT gateway per zone"
  type        = bool
}
