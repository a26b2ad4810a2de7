output "alb_security_group_id" {
  description = "Id of the security group alb_sg"
  value       = aws_security_group.alb_sg.id
}

output "jpro_security_group_id" {
  description = "Id of the security group jpro_sg"
  value       = aws_security_group.jpro_sg.id
}
