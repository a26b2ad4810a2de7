"""Attribute values as DynamoDB knows them: types, numbers, sizes, orders; knows nothing of tables or storage."""
