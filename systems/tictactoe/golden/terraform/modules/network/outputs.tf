output "vpc_id" {
  description = "Id of the VPC"
  value       = aws_vpc.vpc.id
}

output "public_subnets" {
  description = "Ids of the subnets public_subnet_a and public_subnet_b"
  value       = [aws_subnet.public_subnet_a.id, aws_subnet.public_subnet_b.id]
}

output "private_subnets" {
  description = "Ids of the subnets private_subnet_a and private_subnet_b"
  value       = [aws_subnet.private_subnet_a.id, aws_subnet.private_subnet_b.id]
}

output "private_route_table_ids" {
  description = "Ids of the route tables private_a and private_b"
  value       = [aws_route_table.private_a.id, aws_route_table.private_b.id]
}
