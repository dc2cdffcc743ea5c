"""A real Apache Kafka for tests and demos, without Docker: jars by Maven, run by Java."""
