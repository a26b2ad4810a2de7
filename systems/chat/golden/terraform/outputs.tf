output "websocket_api_id" {
  description = "Id of the WebSocket API"
  value       = aws_apigatewayv2_api.api.id
}

output "websocket_api_endpoint" {
  description = "Where clients connect"
  value       = "${aws_apigatewayv2_api.api.api_endpoint}/${var.stage_name}"
}

output "test_connection_url" {
  description = "An address to try it with, where the test token is taken"
  value       = "${aws_apigatewayv2_api.api.api_endpoint}/${var.stage_name}?userId=testuser&username=TestUser&roomId=general&token=valid_test_token"
}

output "connect_function_name" {
  description = "Name of the function connect"
  value       = aws_lambda_function.connect.function_name
}

output "disconnect_function_name" {
  description = "Name of the function disconnect"
  value       = aws_lambda_function.disconnect.function_name
}

output "message_function_name" {
  description = "Name of the function message"
  value       = aws_lambda_function.message.function_name
}

output "connections_table_name" {
  description = "Name of the table of connections"
  value       = aws_dynamodb_table.connections.name
}

output "user_pool_id" {
  description = "Id of the user pool, where people sign in"
  value       = one(aws_cognito_user_pool.people[*].id)
}

output "user_pool_client_id" {
  description = "Id with which the page signs people in"
  value       = one(aws_cognito_user_pool_client.page[*].id)
}
