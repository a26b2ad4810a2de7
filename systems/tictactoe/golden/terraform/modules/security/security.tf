resource "aws_security_group" "alb_sg" {
  name        = "alb-sg"
  description = "What reaches the load balancer"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "alb_sg_all" {
  security_group_id = aws_security_group.alb_sg.id
  description       = "Anything may go out"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "alb_sg_https" {
  security_group_id = aws_security_group.alb_sg.id
  description       = "Players, over HTTPS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "alb_sg_http" {
  security_group_id = aws_security_group.alb_sg.id
  description       = "Players, to be sent on to HTTPS"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "jpro_sg" {
  name        = "jpro-sg"
  description = "What reaches the board's instance"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "jpro_sg_all" {
  security_group_id = aws_security_group.jpro_sg.id
  description       = "Anything may go out"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "jpro_sg_http" {
  security_group_id            = aws_security_group.jpro_sg.id
  description                  = "The load balancer"
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80
  referenced_security_group_id = aws_security_group.alb_sg.id
}

resource "aws_vpc_security_group_ingress_rule" "jpro_sg_ssh" {
  count = var.allowed_ssh_cidr != null ? 1 : 0

  security_group_id = aws_security_group.jpro_sg.id
  description       = "Those who look after the instance"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = var.allowed_ssh_cidr
}
