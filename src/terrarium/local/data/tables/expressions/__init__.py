"""DynamoDB's expression language: parsed once, bound to a request's names and values, then asked about items.

Knows nothing of tables beyond the attribute names it is given, and nothing of storage.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""
