resource "aws_dynamodb_table" "players" {
  name             = "TicTacToeUsers"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "connectionId"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "connectionId"
    type = "S"
  }

  attribute {
    name = "status"
    type = "S"
  }

  attribute {
    name = "joinedAt"
    type = "S"
  }

  global_secondary_index {
    name            = "statusIndex"
    hash_key        = "status"
    range_key       = "joinedAt"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = var.enable_point_in_time_recovery
  }

  server_side_encryption {
    enabled = true
  }
}
