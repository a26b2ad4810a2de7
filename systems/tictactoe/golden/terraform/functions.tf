resource "aws_lambda_layer_version" "utility" {
  layer_name          = "tictactoe-utility"
  filename            = "${path.module}/bundles/utility.zip"
  source_code_hash    = filebase64sha256("${path.module}/bundles/utility.zip")
  compatible_runtimes = ["python3.13"]
}

resource "aws_cloudwatch_log_group" "connection" {
  name              = "/aws/lambda/tictactoe-connection"
  retention_in_days = 14
}

resource "aws_iam_role" "connection" {
  name = "tictactoe-connection"
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

resource "aws_iam_role_policy" "connection" {
  name = "access"
  role = aws_iam_role.connection.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.connection.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem"]
        Resource = aws_dynamodb_table.players.arn
      },
    ]
  })
}

resource "aws_lambda_function" "connection" {
  function_name    = "tictactoe-connection"
  role             = aws_iam_role.connection.arn
  runtime          = "python3.13"
  handler          = "connection.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE = aws_dynamodb_table.players.name
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.connection.name
  }
}

resource "aws_cloudwatch_log_group" "disconnect" {
  name              = "/aws/lambda/tictactoe-disconnect"
  retention_in_days = 14
}

resource "aws_iam_role" "disconnect" {
  name = "tictactoe-disconnect"
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
        Action = [
          "dynamodb:GetItem",
          "dynamodb:DeleteItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ]
        Resource = [
          aws_dynamodb_table.players.arn,
          "${aws_dynamodb_table.players.arn}/index/*",
        ]
      },
    ]
  })
}

resource "aws_lambda_function" "disconnect" {
  function_name    = "tictactoe-disconnect"
  role             = aws_iam_role.disconnect.arn
  runtime          = "python3.13"
  handler          = "disconnect.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE = aws_dynamodb_table.players.name
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.disconnect.name
  }
}

resource "aws_cloudwatch_log_group" "joinQueue" {
  name              = "/aws/lambda/tictactoe-joinQueue"
  retention_in_days = 14
}

resource "aws_iam_role" "joinQueue" {
  name = "tictactoe-joinQueue"
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

resource "aws_iam_role_policy" "joinQueue" {
  name = "access"
  role = aws_iam_role.joinQueue.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.joinQueue.arn}:*"
      },
      {
        Effect = "Allow"
        Action = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = [
          aws_dynamodb_table.players.arn,
          "${aws_dynamodb_table.players.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.queue.execution_arn}/production/POST/@connections/*"
      },
    ]
  })
}

resource "aws_lambda_function" "joinQueue" {
  function_name    = "tictactoe-joinQueue"
  role             = aws_iam_role.joinQueue.arn
  runtime          = "python3.13"
  handler          = "joinQueue.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE  = aws_dynamodb_table.players.name
      QUEUE_ENDPOINT = replace("${aws_apigatewayv2_api.queue.api_endpoint}/production", "/^ws/", "http")
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.joinQueue.name
  }
}

resource "aws_cloudwatch_log_group" "gameOver" {
  name              = "/aws/lambda/tictactoe-gameOver"
  retention_in_days = 14
}

resource "aws_iam_role" "gameOver" {
  name = "tictactoe-gameOver"
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

resource "aws_iam_role_policy" "gameOver" {
  name = "access"
  role = aws_iam_role.gameOver.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.gameOver.arn}:*"
      },
      {
        Effect = "Allow"
        Action = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = [
          aws_dynamodb_table.players.arn,
          "${aws_dynamodb_table.players.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.queue.execution_arn}/production/POST/@connections/*"
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = "${module.compute.artifacts_arn}/keys/results"
      },
    ]
  })
}

resource "aws_lambda_function" "gameOver" {
  function_name    = "tictactoe-gameOver"
  role             = aws_iam_role.gameOver.arn
  runtime          = "python3.13"
  handler          = "gameOver.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE  = aws_dynamodb_table.players.name
      QUEUE_ENDPOINT = replace("${aws_apigatewayv2_api.queue.api_endpoint}/production", "/^ws/", "http")
      RESULTS_BUCKET = module.compute.artifacts_bucket
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.gameOver.name
  }
}

resource "aws_cloudwatch_log_group" "updateDB" {
  name              = "/aws/lambda/tictactoe-updateDB"
  retention_in_days = 14
}

resource "aws_iam_role" "updateDB" {
  name = "tictactoe-updateDB"
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

resource "aws_iam_role_policy" "updateDB" {
  name = "access"
  role = aws_iam_role.updateDB.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.updateDB.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:UpdateItem"]
        Resource = aws_dynamodb_table.players.arn
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.queue.execution_arn}/production/POST/@connections/*"
      },
    ]
  })
}

resource "aws_lambda_function" "updateDB" {
  function_name    = "tictactoe-updateDB"
  role             = aws_iam_role.updateDB.arn
  runtime          = "python3.13"
  handler          = "updateDB.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE  = aws_dynamodb_table.players.name
      QUEUE_ENDPOINT = replace("${aws_apigatewayv2_api.queue.api_endpoint}/production", "/^ws/", "http")
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.updateDB.name
  }
}

resource "aws_cloudwatch_log_group" "sendInfo" {
  name              = "/aws/lambda/tictactoe-sendInfo"
  retention_in_days = 14
}

resource "aws_iam_role" "sendInfo" {
  name = "tictactoe-sendInfo"
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

resource "aws_iam_role_policy" "sendInfo" {
  name = "access"
  role = aws_iam_role.sendInfo.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.sendInfo.arn}:*"
      },
      {
        Effect = "Allow"
        Action = ["dynamodb:GetItem", "dynamodb:Query"]
        Resource = [
          aws_dynamodb_table.players.arn,
          "${aws_dynamodb_table.players.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.queue.execution_arn}/production/POST/@connections/*"
      },
    ]
  })
}

resource "aws_lambda_function" "sendInfo" {
  function_name    = "tictactoe-sendInfo"
  role             = aws_iam_role.sendInfo.arn
  runtime          = "python3.13"
  handler          = "sendInfo.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE  = aws_dynamodb_table.players.name
      QUEUE_ENDPOINT = replace("${aws_apigatewayv2_api.queue.api_endpoint}/production", "/^ws/", "http")
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.sendInfo.name
  }
}

resource "aws_cloudwatch_log_group" "streamDB" {
  name              = "/aws/lambda/tictactoe-streamDB"
  retention_in_days = 14
}

resource "aws_iam_role" "streamDB" {
  name = "tictactoe-streamDB"
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

resource "aws_iam_role_policy" "streamDB" {
  name = "access"
  role = aws_iam_role.streamDB.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.streamDB.arn}:*"
      },
      {
        Effect = "Allow"
        Action = [
          "dynamodb:Scan",
          "dynamodb:GetItem",
          "dynamodb:UpdateItem",
          "dynamodb:DeleteItem",
        ]
        Resource = [
          aws_dynamodb_table.players.arn,
          "${aws_dynamodb_table.players.arn}/index/*",
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["execute-api:ManageConnections"]
        Resource = "${aws_apigatewayv2_api.queue.execution_arn}/production/POST/@connections/*"
      },
      {
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeStream",
          "dynamodb:GetRecords",
          "dynamodb:GetShardIterator",
        ]
        Resource = aws_dynamodb_table.players.stream_arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:ListStreams"]
        Resource = "${aws_dynamodb_table.players.arn}/stream/*"
      },
    ]
  })
}

resource "aws_lambda_function" "streamDB" {
  function_name    = "tictactoe-streamDB"
  role             = aws_iam_role.streamDB.arn
  runtime          = "python3.13"
  handler          = "streamDB.handler"
  filename         = "${path.module}/bundles/handlers.zip"
  source_code_hash = filebase64sha256("${path.module}/bundles/handlers.zip")
  memory_size      = 256
  timeout          = 10
  layers           = [aws_lambda_layer_version.utility.arn]

  environment {
    variables = {
      PLAYERS_TABLE  = aws_dynamodb_table.players.name
      QUEUE_ENDPOINT = replace("${aws_apigatewayv2_api.queue.api_endpoint}/production", "/^ws/", "http")
    }
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.streamDB.name
  }
}

resource "aws_lambda_event_source_mapping" "players_streamDB" {
  event_source_arn  = aws_dynamodb_table.players.stream_arn
  function_name     = aws_lambda_function.streamDB.arn
  starting_position = "LATEST"
  batch_size        = 100

  depends_on = [aws_iam_role_policy.streamDB]
}
