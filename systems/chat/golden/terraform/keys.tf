resource "aws_kms_key" "data" {
  count = var.enable_encryption ? 1 : 0

  description             = "Encrypts the tables of the chat"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "data" {
  count = var.enable_encryption ? 1 : 0

  name          = "alias/${var.project_name}-${var.environment}-data"
  target_key_id = aws_kms_key.data[0].key_id
}

resource "aws_kms_key" "whispers" {
  count = var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  description             = "Encrypts whispers one by one, before they are kept"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "whispers" {
  count = var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  name          = "alias/${var.project_name}-${var.environment}-whispers"
  target_key_id = aws_kms_key.whispers[0].key_id
}
