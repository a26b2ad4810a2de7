# A deployment for people: encrypted, recoverable, and silent about what is said. It refuses the token for tests.
environment  = "prod"
project_name = "chat"
api_name     = "chat"
stage_name   = "prod"

dynamodb_billing_mode = "PAY_PER_REQUEST"

lambda_memory_size         = 512
lambda_message_memory_size = 1024

log_retention_days     = 90
enable_data_trace      = false
logging_level          = "ERROR"
throttling_burst_limit = 1000
throttling_rate_limit  = 2000

additional_tags = {
  Service = "chat"
}
