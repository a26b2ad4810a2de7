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
