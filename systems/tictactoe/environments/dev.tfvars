# For trying things out: as small as it gets.
instance_type                 = "t2.micro"
enable_nat_gateways           = false
enable_point_in_time_recovery = false
