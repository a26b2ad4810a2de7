# For players: a machine with room, and a table that can be brought back.
instance_type                 = "t3.small"
enable_nat_gateways           = false
enable_point_in_time_recovery = true
