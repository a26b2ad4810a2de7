resource "aws_cloudwatch_metric_alarm" "connect_errors" {
  alarm_name        = "${var.project_name}-${var.environment}-connect_errors"
  alarm_description = "The function connect failed: its log says why"
  namespace         = "AWS/Lambda"
  metric_name       = "Errors"
  dimensions = {
    FunctionName = aws_lambda_function.connect.function_name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "disconnect_errors" {
  alarm_name        = "${var.project_name}-${var.environment}-disconnect_errors"
  alarm_description = "The function disconnect failed: its log says why"
  namespace         = "AWS/Lambda"
  metric_name       = "Errors"
  dimensions = {
    FunctionName = aws_lambda_function.disconnect.function_name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "message_errors" {
  alarm_name        = "${var.project_name}-${var.environment}-message_errors"
  alarm_description = "The function message failed: its log says why"
  namespace         = "AWS/Lambda"
  metric_name       = "Errors"
  dimensions = {
    FunctionName = aws_lambda_function.message.function_name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "api_errors" {
  alarm_name        = "${var.project_name}-${var.environment}-api_errors"
  alarm_description = "The API could not hand a message to its function: the API's log says why"
  namespace         = "AWS/ApiGateway"
  metric_name       = "ExecutionError"
  dimensions = {
    ApiId = aws_apigatewayv2_api.api.id
    Stage = var.stage_name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "authorize_errors" {
  count = var.enable_cognito_authorizer ? 1 : 0

  alarm_name        = "${var.project_name}-${var.environment}-authorize_errors"
  alarm_description = "The function authorize failed, and nobody comes in: its log says why"
  namespace         = "AWS/Lambda"
  metric_name       = "Errors"
  dimensions = {
    FunctionName = aws_lambda_function.authorize[0].function_name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "connections_read_throttles" {
  alarm_name        = "${var.project_name}-${var.environment}-connections_read_throttles"
  alarm_description = "The table connections refuses reads: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "ReadThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.connections.name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "connections_write_throttles" {
  alarm_name        = "${var.project_name}-${var.environment}-connections_write_throttles"
  alarm_description = "The table connections refuses writes: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "WriteThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.connections.name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "rooms_read_throttles" {
  alarm_name        = "${var.project_name}-${var.environment}-rooms_read_throttles"
  alarm_description = "The table rooms refuses reads: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "ReadThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.rooms.name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "rooms_write_throttles" {
  alarm_name        = "${var.project_name}-${var.environment}-rooms_write_throttles"
  alarm_description = "The table rooms refuses writes: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "WriteThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.rooms.name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "messages_read_throttles" {
  alarm_name        = "${var.project_name}-${var.environment}-messages_read_throttles"
  alarm_description = "The table messages refuses reads: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "ReadThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.messages.name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "messages_write_throttles" {
  alarm_name        = "${var.project_name}-${var.environment}-messages_write_throttles"
  alarm_description = "The table messages refuses writes: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "WriteThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.messages.name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "whispers_read_throttles" {
  count = var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  alarm_name        = "${var.project_name}-${var.environment}-whispers_read_throttles"
  alarm_description = "The table whispers refuses reads: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "ReadThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.whispers[0].name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "whispers_write_throttles" {
  count = var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  alarm_name        = "${var.project_name}-${var.environment}-whispers_write_throttles"
  alarm_description = "The table whispers refuses writes: raise its capacity, or pay by the request"
  namespace         = "AWS/DynamoDB"
  metric_name       = "WriteThrottleEvents"
  dimensions = {
    TableName = aws_dynamodb_table.whispers[0].name
  }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_budgets_budget" "monthly" {
  count = var.cost_alert_email != "" ? 1 : 0

  name         = "${var.project_name}-${var.environment}-monthly"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_cost_limit)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    notification_type          = "ACTUAL"
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = [var.cost_alert_email]
  }

  notification {
    notification_type          = "FORECASTED"
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = [var.cost_alert_email]
  }
}
