resource "aws_iam_role" "api_gateway_logs" {
  name = "${var.project_name}-${var.environment}-api-gateway-logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "apigateway.amazonaws.com"
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "api_gateway_logs" {
  role       = aws_iam_role.api_gateway_logs.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "api_gateway_logs" {
  cloudwatch_role_arn = aws_iam_role.api_gateway_logs.arn

  depends_on = [aws_iam_role_policy_attachment.api_gateway_logs]
}

resource "aws_apigatewayv2_api" "api" {
  name                       = var.api_name
  protocol_type              = "WEBSOCKET"
  route_selection_expression = var.route_selection_expression
}

resource "aws_cloudwatch_log_group" "api_access" {
  name              = "/aws/apigateway/${aws_apigatewayv2_api.api.id}"
  retention_in_days = var.log_retention_days
}

resource "aws_apigatewayv2_stage" "api" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = var.stage_name
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.throttling_rate_limit
    throttling_burst_limit   = var.throttling_burst_limit
    logging_level            = var.logging_level
    data_trace_enabled       = var.enable_data_trace
    detailed_metrics_enabled = var.enable_detailed_metrics
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api_access.arn
    format = jsonencode({
      requestId             = "$context.requestId"
      requestTime           = "$context.requestTime"
      eventType             = "$context.eventType"
      routeKey              = "$context.routeKey"
      status                = "$context.status"
      connectionId          = "$context.connectionId"
      integrationLatency    = "$context.integrationLatency"
      "error.messageString" = "$context.error.messageString"
    })
  }

  depends_on = [aws_api_gateway_account.api_gateway_logs]
}

resource "aws_apigatewayv2_authorizer" "cognito" {
  count = var.enable_cognito_authorizer ? 1 : 0

  api_id           = aws_apigatewayv2_api.api.id
  name             = "cognito"
  authorizer_type  = "REQUEST"
  authorizer_uri   = aws_lambda_function.authorize[0].invoke_arn
  identity_sources = ["route.request.querystring.token"]
}

resource "aws_lambda_permission" "api_cognito_authorizer" {
  count = var.enable_cognito_authorizer ? 1 : 0

  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.authorize[0].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.cognito[0].id}"
}

resource "aws_apigatewayv2_integration" "connect" {
  api_id           = aws_apigatewayv2_api.api.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.connect.invoke_arn
}

resource "aws_lambda_permission" "api_connect" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.connect.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/*"
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.api.id
  route_key          = "$connect"
  target             = "integrations/${aws_apigatewayv2_integration.connect.id}"
  authorization_type = var.enable_cognito_authorizer ? "CUSTOM" : "NONE"
  authorizer_id      = one(aws_apigatewayv2_authorizer.cognito[*].id)
  operation_name     = "connect"
}

resource "aws_apigatewayv2_integration" "disconnect" {
  api_id           = aws_apigatewayv2_api.api.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.disconnect.invoke_arn
}

resource "aws_lambda_permission" "api_disconnect" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.disconnect.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/*"
}

resource "aws_apigatewayv2_route" "disconnect" {
  api_id         = aws_apigatewayv2_api.api.id
  route_key      = "$disconnect"
  target         = "integrations/${aws_apigatewayv2_integration.disconnect.id}"
  operation_name = "disconnect"
}

resource "aws_apigatewayv2_integration" "message" {
  api_id           = aws_apigatewayv2_api.api.id
  integration_type = "AWS_PROXY"
  integration_uri  = var.message_provisioned_concurrency != 0 ? aws_lambda_alias.message_live[0].invoke_arn : aws_lambda_function.message.invoke_arn
}

resource "aws_lambda_permission" "api_message" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.message.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/*"
}

resource "aws_apigatewayv2_route" "default" {
  api_id         = aws_apigatewayv2_api.api.id
  route_key      = "$default"
  target         = "integrations/${aws_apigatewayv2_integration.message.id}"
  operation_name = "default"
}

resource "aws_apigatewayv2_route" "custom" {
  for_each = toset(var.custom_routes)

  api_id    = aws_apigatewayv2_api.api.id
  route_key = each.value
  target    = "integrations/${aws_apigatewayv2_integration.message.id}"
}

resource "aws_lambda_permission" "api_message_live" {
  count = var.message_provisioned_concurrency != 0 ? 1 : 0

  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.message.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/*"
  qualifier     = aws_lambda_alias.message_live[0].name
}
