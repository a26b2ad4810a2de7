"""What keeps data: tables and streams, objects."""
