resource "aws_vpc" "vpc" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags = {
    Name = "tictactoe-vpc"
  }
}

resource "aws_internet_gateway" "igw" {
  vpc_id = aws_vpc.vpc.id
  tags = {
    Name = "tictactoe-igw"
  }
}

resource "aws_subnet" "public_subnet_a" {
  vpc_id                  = aws_vpc.vpc.id
  cidr_block              = var.public_subnet_a_cidr
  availability_zone       = "${var.region}a"
  map_public_ip_on_launch = true
  tags = {
    Name = "tictactoe-public-a"
  }
}

resource "aws_subnet" "public_subnet_b" {
  vpc_id                  = aws_vpc.vpc.id
  cidr_block              = var.public_subnet_b_cidr
  availability_zone       = "${var.region}b"
  map_public_ip_on_launch = true
  tags = {
    Name = "tictactoe-public-b"
  }
}

resource "aws_subnet" "private_subnet_a" {
  vpc_id                  = aws_vpc.vpc.id
  cidr_block              = var.private_subnet_a_cidr
  availability_zone       = "${var.region}a"
  map_public_ip_on_launch = false
  tags = {
    Name = "tictactoe-private-a"
  }
}

resource "aws_subnet" "private_subnet_b" {
  vpc_id                  = aws_vpc.vpc.id
  cidr_block              = var.private_subnet_b_cidr
  availability_zone       = "${var.region}b"
  map_public_ip_on_launch = false
  tags = {
    Name = "tictactoe-private-b"
  }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.vpc.id
  tags = {
    Name = "tictactoe-public"
  }
}

resource "aws_route" "public_route" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.igw.id
}

resource "aws_route_table_association" "public_a" {
  subnet_id      = aws_subnet.public_subnet_a.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "public_b" {
  subnet_id      = aws_subnet.public_subnet_b.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private_a" {
  vpc_id = aws_vpc.vpc.id
  tags = {
    Name = "tictactoe-private-a"
  }
}

resource "aws_route_table_association" "private_a" {
  subnet_id      = aws_subnet.private_subnet_a.id
  route_table_id = aws_route_table.private_a.id
}

resource "aws_route_table" "private_b" {
  vpc_id = aws_vpc.vpc.id
  tags = {
    Name = "tictactoe-private-b"
  }
}

resource "aws_route_table_association" "private_b" {
  subnet_id      = aws_subnet.private_subnet_b.id
  route_table_id = aws_route_table.private_b.id
}

resource "aws_eip" "nat_a" {
  count = var.enable_nat_gateways ? 1 : 0

  domain = "vpc"
  tags = {
    Name = "tictactoe-nat-a"
  }
}

resource "aws_nat_gateway" "nat_a" {
  count = var.enable_nat_gateways ? 1 : 0

  allocation_id = aws_eip.nat_a[0].id
  subnet_id     = aws_subnet.public_subnet_a.id
  tags = {
    Name = "tictactoe-nat-a"
  }

  depends_on = [aws_internet_gateway.igw]
}

resource "aws_route" "private_nat_a" {
  count = var.enable_nat_gateways ? 1 : 0

  route_table_id         = aws_route_table.private_a.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.nat_a[0].id
}

resource "aws_eip" "nat_b" {
  count = var.enable_nat_gateways ? 1 : 0

  domain = "vpc"
  tags = {
    Name = "tictactoe-nat-b"
  }
}

resource "aws_nat_gateway" "nat_b" {
  count = var.enable_nat_gateways ? 1 : 0

  allocation_id = aws_eip.nat_b[0].id
  subnet_id     = aws_subnet.public_subnet_b.id
  tags = {
    Name = "tictactoe-nat-b"
  }

  depends_on = [aws_internet_gateway.igw]
}

resource "aws_route" "private_nat_b" {
  count = var.enable_nat_gateways ? 1 : 0

  route_table_id         = aws_route_table.private_b.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.nat_b[0].id
}
