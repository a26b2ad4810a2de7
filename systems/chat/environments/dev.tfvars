# A deployment to develop against: small, cheap, and open to the token for tests.
environment  = "dev"
project_name = "chat"
api_name     = "chat"
stage_name   = "dev"

dynamodb_billing_mode                  = "PAY_PER_REQUEST"
enable_dynamodb_point_in_time_recovery = false

enable_encryption   = false
enable_xray_tracing = false
log_retention_days  = 3
