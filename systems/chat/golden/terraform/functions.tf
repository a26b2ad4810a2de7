resource "aws_lambda_layer_version" "talk" {
  layer_name          = "${var.project_name}-${var.environment}-talk"
  filename            = "${path.module}/bundles/talk.zip"
  source_code_hash    = filebase64sha256("${path.module}/bundles/talk.zip")
  compatible_runtimes = [var.lambda_runtime]
}

resource "aws_cloudwatch_log_group" "connect" {
  name              = "/aws/lambda/${var.project_name}-${var.environment}-connect"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "connect" {
  name = "${var.project_name}-${var.environment}-connect"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
    }]
  })
}

resource "aws_iam_role_policy" "connect" {
  name = "access"
  role = aws_iam_role.connect.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.connect.arn}:*"
      },
      {
        Effect = "Allow"
        Action = ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem"]
        Resource = [
          aws_dynamodb_table.connections.arn,
          "${aws_dynamodb_table.connections.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:UpdateItem"]
        Resource = aws_dynamodb_table.rooms.arn
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/POST/@connections/*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "connect_optional" {
  count = var.enable_xray_tracing ? 1 : 0

  name = "access_optional"
  role = aws_iam_role.connect.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy" "connect_optional2" {
  count = var.enable_encryption ? 1 : 0

  name = "access_optional2"
  role = aws_iam_role.connect.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = aws_kms_key.data[0].arn
    }]
  })
}

resource "aws_lambda_function" "connect" {
  function_name    = "${var.project_name}-${var.environment}-connect"
  role             = aws_iam_role.connect.arn
  runtime          = var.lambda_runtime
  handler          = "connect.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = var.lambda_memory_size
  timeout          = var.lambda_timeout
  layers           = [aws_lambda_layer_version.talk.arn]

  environment {
    variables = {
      CONNECTIONS_TABLE = aws_dynamodb_table.connections.name
      ROOMS_TABLE       = aws_dynamodb_table.rooms.name
      API_ENDPOINT      = replace("${aws_apigatewayv2_api.api.api_endpoint}/${var.stage_name}", "/^ws/", "http")
      ENVIRONMENT       = var.environment
    }
  }

  tracing_config {
    mode = var.enable_xray_tracing ? "Active" : "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.connect.name
  }
}

resource "aws_cloudwatch_log_group" "disconnect" {
  name              = "/aws/lambda/${var.project_name}-${var.environment}-disconnect"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "disconnect" {
  name = "${var.project_name}-${var.environment}-disconnect"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
    }]
  })
}

resource "aws_iam_role_policy" "disconnect" {
  name = "access"
  role = aws_iam_role.disconnect.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.disconnect.arn}:*"
      },
      {
        Effect = "Allow"
        Action = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteItem"]
        Resource = [
          aws_dynamodb_table.connections.arn,
          "${aws_dynamodb_table.connections.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:UpdateItem"]
        Resource = aws_dynamodb_table.rooms.arn
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/POST/@connections/*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "disconnect_optional" {
  count = var.enable_xray_tracing ? 1 : 0

  name = "access_optional"
  role = aws_iam_role.disconnect.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy" "disconnect_optional2" {
  count = var.enable_encryption ? 1 : 0

  name = "access_optional2"
  role = aws_iam_role.disconnect.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = aws_kms_key.data[0].arn
    }]
  })
}

resource "aws_lambda_function" "disconnect" {
  function_name    = "${var.project_name}-${var.environment}-disconnect"
  role             = aws_iam_role.disconnect.arn
  runtime          = var.lambda_runtime
  handler          = "disconnect.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = var.lambda_memory_size
  timeout          = var.lambda_timeout
  layers           = [aws_lambda_layer_version.talk.arn]

  environment {
    variables = {
      CONNECTIONS_TABLE = aws_dynamodb_table.connections.name
      ROOMS_TABLE       = aws_dynamodb_table.rooms.name
      API_ENDPOINT      = replace("${aws_apigatewayv2_api.api.api_endpoint}/${var.stage_name}", "/^ws/", "http")
    }
  }

  tracing_config {
    mode = var.enable_xray_tracing ? "Active" : "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.disconnect.name
  }
}

resource "aws_cloudwatch_log_group" "message" {
  name              = "/aws/lambda/${var.project_name}-${var.environment}-message"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "message" {
  name = "${var.project_name}-${var.environment}-message"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
    }]
  })
}

resource "aws_iam_role_policy" "message" {
  name = "access"
  role = aws_iam_role.message.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.message.arn}:*"
      },
      {
        Effect = "Allow"
        Action = [
          "dynamodb:GetItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
          "dynamodb:DeleteItem",
        ]
        Resource = [
          aws_dynamodb_table.connections.arn,
          "${aws_dynamodb_table.connections.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:Scan", "dynamodb:UpdateItem"]
        Resource = aws_dynamodb_table.rooms.arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:Query"]
        Resource = aws_dynamodb_table.messages.arn
      },
      {
        Effect = "Allow"
        Action = ["execute-api:ManageConnections"]
        Resource = [
          "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/POST/@connections/*",
          "${aws_apigatewayv2_api.api.execution_arn}/${var.stage_name}/DELETE/@connections/*",
        ]
      },
    ]
  })
}

resource "aws_iam_role_policy" "message_optional" {
  count = var.enable_xray_tracing ? 1 : 0

  name = "access_optional"
  role = aws_iam_role.message.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy" "message_optional2" {
  count = var.enable_encryption ? 1 : 0

  name = "access_optional2"
  role = aws_iam_role.message.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = aws_kms_key.data[0].arn
    }]
  })
}

resource "aws_iam_role_policy" "message_optional3" {
  count = var.enable_cognito_authorizer && var.keep_private_messages ? 1 : 0

  name = "access_optional3"
  role = aws_iam_role.message.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:Query"]
        Resource = aws_dynamodb_table.whispers[0].arn
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Encrypt", "kms:Decrypt"]
        Resource = aws_kms_key.whispers[0].arn
      },
    ]
  })
}

resource "aws_lambda_function" "message" {
  function_name    = "${var.project_name}-${var.environment}-message"
  role             = aws_iam_role.message.arn
  runtime          = var.lambda_runtime
  handler          = "message.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = var.lambda_message_memory_size
  timeout          = var.lambda_message_timeout
  layers           = [aws_lambda_layer_version.talk.arn]
  publish          = var.message_provisioned_concurrency != 0

  environment {
    variables = merge(
      {
        CONNECTIONS_TABLE = aws_dynamodb_table.connections.name
        ROOMS_TABLE       = aws_dynamodb_table.rooms.name
        MESSAGES_TABLE    = aws_dynamodb_table.messages.name
        API_ENDPOINT      = replace("${aws_apigatewayv2_api.api.api_endpoint}/${var.stage_name}", "/^ws/", "http")
      },
      var.enable_cognito_authorizer && var.keep_private_messages ? {
        WHISPERS_TABLE = aws_dynamodb_table.whispers[0].name
        WHISPERS_KEY   = aws_kms_key.whispers[0].arn
      } : null,
    )
  }

  tracing_config {
    mode = var.enable_xray_tracing ? "Active" : "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.message.name
  }
}

resource "aws_cloudwatch_log_group" "authorize" {
  count = var.enable_cognito_authorizer ? 1 : 0

  name              = "/aws/lambda/${var.project_name}-${var.environment}-authorize"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "authorize" {
  count = var.enable_cognito_authorizer ? 1 : 0

  name = "${var.project_name}-${var.environment}-authorize"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
    }]
  })
}

resource "aws_iam_role_policy" "authorize" {
  count = var.enable_cognito_authorizer ? 1 : 0

  name = "access"
  role = aws_iam_role.authorize[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.authorize[0].arn}:*"
    }]
  })
}

resource "aws_iam_role_policy" "authorize_optional" {
  count = var.enable_cognito_authorizer && var.enable_xray_tracing ? 1 : 0

  name = "access_optional"
  role = aws_iam_role.authorize[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    }]
  })
}

resource "aws_lambda_function" "authorize" {
  count = var.enable_cognito_authorizer ? 1 : 0

  function_name    = "${var.project_name}-${var.environment}-authorize"
  role             = aws_iam_role.authorize[0].arn
  runtime          = var.lambda_runtime
  handler          = "authorize.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = var.lambda_memory_size
  timeout          = var.lambda_timeout
  layers           = [aws_lambda_layer_version.talk.arn]

  environment {
    variables = {
      ISSUER    = "https://${aws_cognito_user_pool.people[0].endpoint}"
      CLIENT_ID = aws_cognito_user_pool_client.page[0].id
    }
  }

  tracing_config {
    mode = var.enable_xray_tracing ? "Active" : "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.authorize[0].name
  }
}

resource "aws_lambda_alias" "message_live" {
  count = var.message_provisioned_concurrency != 0 ? 1 : 0

  name             = "live"
  function_name    = aws_lambda_function.message.function_name
  function_version = aws_lambda_function.message.version
  description      = "What messages go to"
}

resource "aws_lambda_provisioned_concurrency_config" "message_live" {
  count = var.message_provisioned_concurrency != 0 ? 1 : 0

  function_name                     = aws_lambda_function.message.function_name
  qualifier                         = aws_lambda_alias.message_live[0].name
  provisioned_concurrent_executions = var.message_provisioned_concurrency
}
