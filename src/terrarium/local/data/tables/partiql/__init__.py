"""PartiQL for DynamoDB: statements read into the same conditions and changes that expressions give.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""
