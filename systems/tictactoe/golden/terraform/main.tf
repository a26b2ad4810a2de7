module "network" {
  source = "./modules/network"

  region                = var.region
  vpc_cidr              = var.vpc_cidr
  public_subnet_a_cidr  = var.public_subnet_a_cidr
  public_subnet_b_cidr  = var.public_subnet_b_cidr
  private_subnet_a_cidr = var.private_subnet_a_cidr
  private_subnet_b_cidr = var.private_subnet_b_cidr
  enable_nat_gateways   = var.enable_nat_gateways
}

module "security" {
  source = "./modules/security"

  allowed_ssh_cidr = var.allowed_ssh_cidr
  vpc_id           = module.network.vpc_id
}

module "compute" {
  source = "./modules/compute"

  region                  = var.region
  domain_name             = var.domain_name
  instance_type           = var.instance_type
  ami_id                  = var.ami_id
  key_name                = var.key_name
  artifacts_bucket_name   = var.artifacts_bucket_name
  vpc_id                  = module.network.vpc_id
  private_route_table_ids = module.network.private_route_table_ids
  players_arn             = aws_dynamodb_table.players.arn
  private_subnets         = module.network.private_subnets
  jpro_security_group_id  = module.security.jpro_security_group_id
  players_name            = aws_dynamodb_table.players.name
  queue_api_endpoint      = aws_apigatewayv2_api.queue.api_endpoint
  alb_security_group_id   = module.security.alb_security_group_id
  public_subnets          = module.network.public_subnets
}
