output "queue_url" {
  description = "WebSocket address of the queue"
  value       = "${aws_apigatewayv2_api.queue.api_endpoint}/production"
}

output "board_url" {
  description = "Address of the board"
  value       = "https://api.${var.domain_name}"
}

output "name_servers" {
  description = "Name servers that the domain's registrar must name"
  value       = module.compute.main_name_servers
}

output "players_table_name" {
  description = "Name of the players' table"
  value       = aws_dynamodb_table.players.name
}
