resource "aws_dynamodb_table" "connections" {
  name           = "${var.project_name}-${var.environment}-connections"
  billing_mode   = var.dynamodb_billing_mode
  hash_key       = "connectionId"
  read_capacity  = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_read_capacity : null
  write_capacity = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_write_capacity : null

  attribute {
    name = "connectionId"
    type = "S"
  }

  attribute {
    name = "roomId"
    type = "S"
  }

  attribute {
    name = "userId"
    type = "S"
  }

  global_secondary_index {
    name            = "byRoom"
    hash_key        = "roomId"
    range_key       = "connectionId"
    projection_type = "ALL"
    read_capacity   = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_read_capacity : null
    write_capacity  = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_write_capacity : null
  }

  global_secondary_index {
    name            = "byUser"
    hash_key        = "userId"
    projection_type = "ALL"
    read_capacity   = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_read_capacity : null
    write_capacity  = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_write_capacity : null
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.enable_dynamodb_point_in_time_recovery
  }

  server_side_encryption {
    enabled     = var.enable_encryption
    kms_key_arn = one(aws_kms_key.data[*].arn)
  }
}

resource "aws_dynamodb_table" "rooms" {
  name           = "${var.project_name}-${var.environment}-rooms"
  billing_mode   = var.dynamodb_billing_mode
  hash_key       = "roomId"
  read_capacity  = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_read_capacity : null
  write_capacity = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_write_capacity : null

  attribute {
    name = "roomId"
    type = "S"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.enable_dynamodb_point_in_time_recovery
  }

  server_side_encryption {
    enabled     = var.enable_encryption
    kms_key_arn = one(aws_kms_key.data[*].arn)
  }
}

resource "aws_dynamodb_table" "messages" {
  name           = "${var.project_name}-${var.environment}-messages"
  billing_mode   = var.dynamodb_billing_mode
  hash_key       = "roomId"
  range_key      = "sentAt"
  read_capacity  = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_read_capacity : null
  write_capacity = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_write_capacity : null

  attribute {
    name = "roomId"
    type = "S"
  }

  attribute {
    name = "sentAt"
    type = "S"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.enable_dynamodb_point_in_time_recovery
  }

  server_side_encryption {
    enabled     = var.enable_encryption
    kms_key_arn = one(aws_kms_key.data[*].arn)
  }
}

resource "aws_dynamodb_table" "whispers" {
  count = var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  name           = "${var.project_name}-${var.environment}-whispers"
  billing_mode   = var.dynamodb_billing_mode
  hash_key       = "userId"
  range_key      = "sentAt"
  read_capacity  = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_read_capacity : null
  write_capacity = var.dynamodb_billing_mode == "PROVISIONED" ? var.dynamodb_write_capacity : null

  attribute {
    name = "userId"
    type = "S"
  }

  attribute {
    name = "sentAt"
    type = "S"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.enable_dynamodb_point_in_time_recovery
  }

  server_side_encryption {
    enabled     = var.enable_encryption
    kms_key_arn = one(aws_kms_key.data[*].arn)
  }
}

resource "aws_appautoscaling_target" "connections_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.connections.name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = var.dynamodb_read_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "connections_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "connections_read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.connections_read[0].service_namespace
  resource_id        = aws_appautoscaling_target.connections_read[0].resource_id
  scalable_dimension = aws_appautoscaling_target.connections_read[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "connections_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.connections.name}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  min_capacity       = var.dynamodb_write_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "connections_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "connections_write"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.connections_write[0].service_namespace
  resource_id        = aws_appautoscaling_target.connections_write[0].resource_id
  scalable_dimension = aws_appautoscaling_target.connections_write[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "connections_byRoom_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.connections.name}/index/byRoom"
  scalable_dimension = "dynamodb:index:ReadCapacityUnits"
  min_capacity       = var.dynamodb_read_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "connections_byRoom_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "connections_byRoom_read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.connections_byRoom_read[0].service_namespace
  resource_id        = aws_appautoscaling_target.connections_byRoom_read[0].resource_id
  scalable_dimension = aws_appautoscaling_target.connections_byRoom_read[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "connections_byRoom_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.connections.name}/index/byRoom"
  scalable_dimension = "dynamodb:index:WriteCapacityUnits"
  min_capacity       = var.dynamodb_write_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "connections_byRoom_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "connections_byRoom_write"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.connections_byRoom_write[0].service_namespace
  resource_id        = aws_appautoscaling_target.connections_byRoom_write[0].resource_id
  scalable_dimension = aws_appautoscaling_target.connections_byRoom_write[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "connections_byUser_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.connections.name}/index/byUser"
  scalable_dimension = "dynamodb:index:ReadCapacityUnits"
  min_capacity       = var.dynamodb_read_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "connections_byUser_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "connections_byUser_read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.connections_byUser_read[0].service_namespace
  resource_id        = aws_appautoscaling_target.connections_byUser_read[0].resource_id
  scalable_dimension = aws_appautoscaling_target.connections_byUser_read[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "connections_byUser_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.connections.name}/index/byUser"
  scalable_dimension = "dynamodb:index:WriteCapacityUnits"
  min_capacity       = var.dynamodb_write_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "connections_byUser_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "connections_byUser_write"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.connections_byUser_write[0].service_namespace
  resource_id        = aws_appautoscaling_target.connections_byUser_write[0].resource_id
  scalable_dimension = aws_appautoscaling_target.connections_byUser_write[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "rooms_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.rooms.name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = var.dynamodb_read_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "rooms_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "rooms_read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.rooms_read[0].service_namespace
  resource_id        = aws_appautoscaling_target.rooms_read[0].resource_id
  scalable_dimension = aws_appautoscaling_target.rooms_read[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "rooms_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.rooms.name}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  min_capacity       = var.dynamodb_write_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "rooms_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "rooms_write"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.rooms_write[0].service_namespace
  resource_id        = aws_appautoscaling_target.rooms_write[0].resource_id
  scalable_dimension = aws_appautoscaling_target.rooms_write[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "messages_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.messages.name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = var.dynamodb_read_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "messages_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "messages_read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.messages_read[0].service_namespace
  resource_id        = aws_appautoscaling_target.messages_read[0].resource_id
  scalable_dimension = aws_appautoscaling_target.messages_read[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "messages_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.messages.name}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  min_capacity       = var.dynamodb_write_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "messages_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) ? 1 : 0

  name               = "messages_write"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.messages_write[0].service_namespace
  resource_id        = aws_appautoscaling_target.messages_write[0].resource_id
  scalable_dimension = aws_appautoscaling_target.messages_write[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "whispers_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) && var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.whispers[0].name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = var.dynamodb_read_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "whispers_read" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) && var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  name               = "whispers_read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.whispers_read[0].service_namespace
  resource_id        = aws_appautoscaling_target.whispers_read[0].resource_id
  scalable_dimension = aws_appautoscaling_target.whispers_read[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "whispers_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) && var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.whispers[0].name}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  min_capacity       = var.dynamodb_write_capacity
  max_capacity       = var.dynamodb_max_capacity
}

resource "aws_appautoscaling_policy" "whispers_write" {
  count = (var.dynamodb_billing_mode == "PROVISIONED") && (var.dynamodb_max_capacity != 0) && var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  name               = "whispers_write"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.whispers_write[0].service_namespace
  resource_id        = aws_appautoscaling_target.whispers_write[0].resource_id
  scalable_dimension = aws_appautoscaling_target.whispers_write[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}
