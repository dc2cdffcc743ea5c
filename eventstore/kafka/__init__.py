"""The store on Apache Kafka."""
