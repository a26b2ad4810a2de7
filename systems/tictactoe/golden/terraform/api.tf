resource "aws_iam_role" "api_gateway_logs" {
  count = var.set_api_gateway_log_role ? 1 : 0

  name = "tictactoe-api-gateway-logs"
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
  count = var.set_api_gateway_log_role ? 1 : 0

  role       = aws_iam_role.api_gateway_logs[0].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "api_gateway_logs" {
  count = var.set_api_gateway_log_role ? 1 : 0

  cloudwatch_role_arn = aws_iam_role.api_gateway_logs[0].arn

  depends_on = [aws_iam_role_policy_attachment.api_gateway_logs]
}

resource "aws_apigatewayv2_api" "queue" {
  name                       = "tictactoe-queue"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_cloudwatch_log_group" "queue_access" {
  name              = "/aws/apigateway/${aws_apigatewayv2_api.queue.id}"
  retention_in_days = 14
}

resource "aws_apigatewayv2_stage" "queue" {
  api_id      = aws_apigatewayv2_api.queue.id
  name        = "production"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = 1000
    throttling_burst_limit   = 500
    logging_level            = "ERROR"
    data_trace_enabled       = false
    detailed_metrics_enabled = true
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.queue_access.arn
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

resource "aws_apigatewayv2_integration" "connection" {
  api_id           = aws_apigatewayv2_api.queue.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.connection.invoke_arn
}

resource "aws_lambda_permission" "queue_connection" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.connection.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.queue.execution_arn}/production/*"
}

resource "aws_apigatewayv2_route" "connect" {
  api_id         = aws_apigatewayv2_api.queue.id
  route_key      = "$connect"
  target         = "integrations/${aws_apigatewayv2_integration.connection.id}"
  operation_name = "connect"
}

resource "aws_apigatewayv2_integration" "disconnect" {
  api_id           = aws_apigatewayv2_api.queue.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.disconnect.invoke_arn
}

resource "aws_lambda_permission" "queue_disconnect" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.disconnect.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.queue.execution_arn}/production/*"
}

resource "aws_apigatewayv2_route" "disconnect" {
  api_id         = aws_apigatewayv2_api.queue.id
  route_key      = "$disconnect"
  target         = "integrations/${aws_apigatewayv2_integration.disconnect.id}"
  operation_name = "disconnect"
}

resource "aws_apigatewayv2_integration" "joinQueue" {
  api_id           = aws_apigatewayv2_api.queue.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.joinQueue.invoke_arn
}

resource "aws_lambda_permission" "queue_joinQueue" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.joinQueue.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.queue.execution_arn}/production/*"
}

resource "aws_apigatewayv2_route" "joinQueue" {
  api_id         = aws_apigatewayv2_api.queue.id
  route_key      = "joinQueue"
  target         = "integrations/${aws_apigatewayv2_integration.joinQueue.id}"
  operation_name = "joinQueue"
}

resource "aws_apigatewayv2_integration" "gameOver" {
  api_id           = aws_apigatewayv2_api.queue.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.gameOver.invoke_arn
}

resource "aws_lambda_permission" "queue_gameOver" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.gameOver.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.queue.execution_arn}/production/*"
}

resource "aws_apigatewayv2_route" "gameOVER" {
  api_id         = aws_apigatewayv2_api.queue.id
  route_key      = "gameOVER"
  target         = "integrations/${aws_apigatewayv2_integration.gameOver.id}"
  operation_name = "gameOVER"
}

resource "aws_apigatewayv2_integration" "updateDB" {
  api_id           = aws_apigatewayv2_api.queue.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.updateDB.invoke_arn
}

resource "aws_lambda_permission" "queue_updateDB" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.updateDB.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.queue.execution_arn}/production/*"
}

resource "aws_apigatewayv2_route" "updateDB" {
  api_id         = aws_apigatewayv2_api.queue.id
  route_key      = "updateDB"
  target         = "integrations/${aws_apigatewayv2_integration.updateDB.id}"
  operation_name = "updateDB"
}

resource "aws_apigatewayv2_integration" "sendInfo" {
  api_id           = aws_apigatewayv2_api.queue.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.sendInfo.invoke_arn
}

resource "aws_lambda_permission" "queue_sendInfo" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.sendInfo.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.queue.execution_arn}/production/*"
}

resource "aws_apigatewayv2_route" "sendInfo" {
  api_id         = aws_apigatewayv2_api.queue.id
  route_key      = "sendInfo"
  target         = "integrations/${aws_apigatewayv2_integration.sendInfo.id}"
  operation_name = "sendInfo"
}
