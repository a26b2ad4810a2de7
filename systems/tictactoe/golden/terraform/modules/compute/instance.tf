resource "aws_iam_instance_profile" "ec2_instance_profile" {
  name = "jpro-instance"
  role = aws_iam_role.ec2_role.name
}

data "aws_ssm_parameter" "amazon_linux_2023" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_instance" "jpro_instance" {
  ami                         = coalesce(var.ami_id, data.aws_ssm_parameter.amazon_linux_2023.insecure_value)
  instance_type               = var.instance_type
  subnet_id                   = var.private_subnets[0]
  vpc_security_group_ids      = [var.jpro_security_group_id]
  iam_instance_profile        = aws_iam_instance_profile.ec2_instance_profile.name
  key_name                    = var.key_name
  user_data                   = <<-EOT
    #!/bin/bash
    # Runs board behind Nginx: installs both, fetches the code, and keeps it running.
    set -euo pipefail

    retry() {
      for pause in 2 4 8 16 32; do
        "$@" && return
        sleep "$pause"
      done
      "$@"
    }

    retry dnf install -y nginx unzip python3.12
    id board >/dev/null 2>&1 || useradd --system --no-create-home --shell /sbin/nologin board

    retry aws s3 cp --region "${var.region}" "s3://${aws_s3_bucket.artifacts.bucket}/${aws_s3_object.board.key}" /tmp/board.zip
    mkdir -p /opt/board
    unzip -q -o /tmp/board.zip -d /opt/board
    rm /tmp/board.zip

    cat > /etc/systemd/system/board.service <<'UNIT'
    [Unit]
    Description=board
    After=network-online.target
    Wants=network-online.target

    [Service]
    User=board
    WorkingDirectory=/opt/board
    ExecStart=/usr/bin/env python3.12 -m board
    Environment="AWS_REGION=${var.region}"
    Environment="PORT=8080"
    Environment="PYTHONPATH=/opt/board/packages"
    Environment="PLAYERS_TABLE=${var.players_name}"
    Environment="RESULTS_BUCKET=${aws_s3_bucket.artifacts.bucket}"
    Environment="QUEUE_URL=${var.queue_api_endpoint}/production"
    Restart=always
    RestartSec=1
    NoNewPrivileges=true
    ProtectSystem=strict
    ProtectHome=true
    PrivateTmp=true

    [Install]
    WantedBy=multi-user.target
    UNIT

    cat > /etc/nginx/conf.d/board.conf <<'NGINX'
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }

    server {
        listen 80 default_server;
        server_name _;
        server_tokens off;

        location / {
            proxy_pass http://127.0.0.1:8080;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_read_timeout 3600s;
            add_header Access-Control-Allow-Origin "https://${var.domain_name}" always;
        }
    }
    NGINX

    systemctl daemon-reload
    systemctl enable --now board nginx
  EOT
  user_data_replace_on_change = true
  tags = {
    Name = "jpro-instance"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted = true
  }

  lifecycle {
    ignore_changes = [ami]
  }

  depends_on = [
    aws_iam_role_policy.ec2_role,
    aws_vpc_endpoint.s3,
    aws_vpc_endpoint.dynamodb,
  ]
}
