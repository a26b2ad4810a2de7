# A deployment with everything that the documentation advises for later.
environment  = "prod"
project_name = "chat"
api_name     = "chat"
stage_name   = "prod"

enable_cognito_authorizer = true
keep_private_messages     = true

message_provisioned_concurrency = 2

dynamodb_read_capacity  = 10
dynamodb_write_capacity = 10
dynamodb_max_capacity   = 500

cost_alert_email   = "somebody@example.com"
monthly_cost_limit = 50

log_retention_days = 90
enable_data_trace  = false
logging_level      = "ERROR"
