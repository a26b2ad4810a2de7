provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project   = "tictactoe"
      ManagedBy = "terraform"
    }
  }
}
