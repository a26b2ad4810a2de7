variable "aws_region" {
  description = "AWS region of everything"
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "environment" {
  description = "What this deployment is for; one that begins with prod refuses the token for tests"
  type        = string
  default     = "dev"
  nullable    = false
}

variable "project_name" {
  description = "What the names of all resources begin with"
  type        = string
  default     = "websocket-api"
  nullable    = false
}

variable "api_name" {
  description = "Name of the WebSocket API"
  type        = string
  default     = "websocket-api"
  nullable    = false
}

variable "stage_name" {
  description = "Stage of the API, the last part of its address"
  type        = string
  default     = "staging"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.stage_name))
    error_message = "stage_name must match ^[A-Za-z0-9_-]{1,128}$."
  }
}

variable "route_selection_expression" {
  description = "What of a message says which route it takes"
  type        = string
  default     = "$request.body.type"
  nullable    = false
}

variable "custom_routes" {
  description = "Types of messages that have a route; others are answered with an error"
  type        = list(string)
  default = [
    "chat",
    "join_room",
    "leave_room",
    "private_message",
    "room_list",
    "typing_indicator",
  ]
  nullable = false
}

variable "dynamodb_billing_mode" {
  description = "How tables are paid for: by the hour, or by the request"
  type        = string
  default     = "PROVISIONED"
  nullable    = false

  validation {
    condition     = contains(["PROVISIONED", "PAY_PER_REQUEST"], var.dynamodb_billing_mode)
    error_message = "dynamodb_billing_mode must be one of PROVISIONED, PAY_PER_REQUEST."
  }
}

variable "dynamodb_read_capacity" {
  description = "Reads a second of each table and index, where provisioned"
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.dynamodb_read_capacity >= 1
    error_message = "dynamodb_read_capacity must be at least 1."
  }
}

variable "dynamodb_write_capacity" {
  description = "Writes a second of each table and index, where provisioned"
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.dynamodb_write_capacity >= 1
    error_message = "dynamodb_write_capacity must be at least 1."
  }
}

variable "enable_dynamodb_point_in_time_recovery" {
  description = "Whether tables can be restored to any second of the last 35 days"
  type        = bool
  default     = true
  nullable    = false
}

variable "lambda_runtime" {
  description = "Runtime of the functions: a Python, 3.11 or newer"
  type        = string
  default     = "python3.11"
  nullable    = false
}

variable "lambda_memory_size" {
  description = "Memory of the functions connect and disconnect, in MB"
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.lambda_memory_size >= 128 && var.lambda_memory_size <= 10240
    error_message = "lambda_memory_size must be at least 128 and at most 10240."
  }
}

variable "lambda_timeout" {
  description = "Seconds that the functions connect and disconnect may take"
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.lambda_timeout >= 1 && var.lambda_timeout <= 900
    error_message = "lambda_timeout must be at least 1 and at most 900."
  }
}

variable "lambda_message_memory_size" {
  description = "Memory of the function message, in MB"
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.lambda_message_memory_size >= 128 && var.lambda_message_memory_size <= 10240
    error_message = "lambda_message_memory_size must be at least 128 and at most 10240."
  }
}

variable "lambda_message_timeout" {
  description = "Seconds that the function message may take"
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.lambda_message_timeout >= 1 && var.lambda_message_timeout <= 900
    error_message = "lambda_message_timeout must be at least 1 and at most 900."
  }
}

variable "enable_encryption" {
  description = "Whether tables are encrypted with a key of their own instead of DynamoDB's"
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_xray_tracing" {
  description = "Whether X-Ray follows calls of the functions"
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which logs are kept"
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition = contains([
      1,
      3,
      5,
      7,
      14,
      30,
      60,
      90,
      120,
      150,
      180,
      365,
      400,
      545,
      731,
      1096,
      1827,
      2192,
      2557,
      2922,
      3288,
      3653,
    ], var.log_retention_days)
    error_message = "log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "enable_detailed_metrics" {
  description = "Whether the API counts per route"
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_data_trace" {
  description = "Whether the API's log holds what people write; turn it off where that is private"
  type        = bool
  default     = true
  nullable    = false
}

variable "logging_level" {
  description = "What the API logs of its own working"
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["OFF", "ERROR", "INFO"], var.logging_level)
    error_message = "logging_level must be one of OFF, ERROR, INFO."
  }
}

variable "throttling_burst_limit" {
  description = "Messages that the API takes at once"
  type        = number
  default     = 500
  nullable    = false

  validation {
    condition     = var.throttling_burst_limit >= 0
    error_message = "throttling_burst_limit must be at least 0."
  }
}

variable "throttling_rate_limit" {
  description = "Messages a second that the API takes"
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.throttling_rate_limit >= 0
    error_message = "throttling_rate_limit must be at least 0."
  }
}

variable "additional_tags" {
  description = "Further tags of everything"
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "message_provisioned_concurrency" {
  description = "Instances of the function message that are kept initialised, so that nobody waits for one; 0 keeps none"
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.message_provisioned_concurrency >= 0
    error_message = "message_provisioned_concurrency must be at least 0."
  }
}

variable "dynamodb_max_capacity" {
  description = "Reads and writes a second to which auto scaling may raise each provisioned table and index; 0 scales none"
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.dynamodb_max_capacity >= 0
    error_message = "dynamodb_max_capacity must be at least 0."
  }
}

variable "cost_alert_email" {
  description = "Who is told when a month's costs pass the limit; empty, and there is none"
  type        = string
  default     = ""
  nullable    = false
}

variable "monthly_cost_limit" {
  description = "Dollars a month, for the whole account, at which they are told"
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.monthly_cost_limit >= 1
    error_message = "monthly_cost_limit must be at least 1."
  }
}

variable "enable_cognito_authorizer" {
  description = "Whether people sign in with Amazon Cognito: the token is then one of its access tokens"
  type        = bool
  default     = false
  nullable    = false
}

variable "keep_private_messages" {
  description = "Whether whispers are kept, each encrypted for the two of them; needs enable_cognito_authorizer, as anybody may call themselves anything without"
  type        = bool
  default     = false
  nullable    = false
}
