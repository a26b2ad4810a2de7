resource "aws_cognito_user_pool" "people" {
  count = var.enable_cognito_authorizer ? 1 : 0

  name                     = "${var.project_name}-${var.environment}-people"
  auto_verified_attributes = ["email"]
  deletion_protection      = "INACTIVE"

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  username_configuration {
    case_sensitive = false
  }

  password_policy {
    minimum_length                   = 12
    temporary_password_validity_days = 7
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }
}

resource "aws_cognito_user_pool_client" "page" {
  count = var.enable_cognito_authorizer ? 1 : 0

  name                          = "page"
  user_pool_id                  = aws_cognito_user_pool.people[0].id
  explicit_auth_flows           = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  access_token_validity         = 1
  id_token_validity             = 1
  refresh_token_validity        = 30

  token_validity_units {
    access_token  = "hours"
    id_token      = "hours"
    refresh_token = "days"
  }
}

resource "aws_cognito_user_group" "moderators" {
  count = var.enable_cognito_authorizer ? 1 : 0

  name         = "moderators"
  user_pool_id = aws_cognito_user_pool.people[0].id
  description  = "May close rooms, and open them again"
}
