import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Follows the stream of a ticket ledger, counts its events and prints what was counted.
 *
 * <pre>java -jar target/java-consumer.jar BOOTSTRAP LEDGER STATE_FILE [--follow]</pre>
 *
 * The stream is the topic LEDGER.events. One record is one event: its value is a CloudEvent in
 * JSON, its header {@code position} a number that counts a partition's events from 1, without a
 * gap. The rules are three, in any language:
 *
 * <ol>
 *   <li>Keep the last position of each partition together with your results: here both are in one
 *       file that is replaced whole, so a kill at any moment leaves results and position in step.
 *   <li>Skip a record whose position is not greater: a relay may repeat itself.
 *   <li>A position that is greater by more than one is an error: never go on behind a gap.
 * </ol>
 */
public final class Follow {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws IOException {
        boolean follow = arguments.length == 4 && arguments[3].equals("--follow");
        if (arguments.length != 3 && !follow) {
            System.err.println(
                    "usage: java -jar java-consumer.jar BOOTSTRAP LEDGER STATE_FILE [--follow]");
            System.exit(2);
        }
        try {
            State state = State.read(Path.of(arguments[2]));
            follow(arguments[0], arguments[1] + ".events", state, follow);
            System.out.println(state);
        } catch (Broken | KafkaException error) {
            System.err.println("error: " + error.getMessage());
            System.exit(1);
        }
    }

    private static void follow(String bootstrap, String topic, State state, boolean follow)
            throws IOException {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings(bootstrap))) {
            List<TopicPartition> places =
                    consumer.partitionsFor(topic).stream()
                            .map(one -> new TopicPartition(topic, one.partition()))
                            .toList();
            Map<TopicPartition, Long> goals = consumer.endOffsets(places);
            consumer.assign(places);
            for (TopicPartition place : places) {
                // Position n is at offset n-1 or behind it, never before: what follows is at
                // offset n or behind.
                long offset = state.position(place.partition());
                if (offset > goals.get(place)) {
                    throw new Broken(
                            "partition %d: the state is ahead of the stream; is it of another ledger?"
                                    .formatted(place.partition()));
                }
                consumer.seek(place, offset);
            }
            Runtime.getRuntime().addShutdownHook(wakingUp(consumer, Thread.currentThread(), follow));
            while (follow || places.stream().anyMatch(p -> consumer.position(p) < goals.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    state.take(record);
                }
                state.save();
            }
        } catch (WakeupException stopped) {
            // Asked to end; what was saved is complete.
        }
    }

    private static Properties settings(String bootstrap) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "java-consumer");
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        // No group, no offsets kept by Kafka: the position is kept with the results.
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        return settings;
    }

    /** On a signal: end the loop, and let it print what was counted before the program ends. */
    private static Thread wakingUp(KafkaConsumer<?, ?> consumer, Thread loop, boolean follow) {
        return new Thread(
                () -> {
                    if (follow) {
                        consumer.wakeup();
                        try {
                            loop.join(10_000);
                        } catch (InterruptedException ended) {
                            Thread.currentThread().interrupt();
                        }
                    }
                });
    }

    /** The stream, or what is known of it, contradicts itself. */
    private static final class Broken extends RuntimeException {
        Broken(String message) {
            super(message);
        }
    }

    /** What was counted and up to which position, of each partition. */
    private static final class State {
        private final Path file;
        private final TreeMap<Integer, TreeMap<String, Object>> partitions = new TreeMap<>();
        private final TreeMap<String, Long> types = new TreeMap<>();
        private boolean taken;

        private State(Path file) {
            this.file = file;
        }

        static State read(Path file) throws IOException {
            State state = new State(file);
            if (Files.exists(file)) {
                JsonNode kept = JSON.readTree(Files.readAllBytes(file));
                kept.get("partitions")
                        .fields()
                        .forEachRemaining(
                                one ->
                                        state.put(
                                                Integer.parseInt(one.getKey()),
                                                one.getValue().get("position").asLong(),
                                                one.getValue().get("digest").asText()));
                kept.get("types")
                        .fields()
                        .forEachRemaining(
                                one -> state.types.put(one.getKey(), one.getValue().asLong()));
            }
            return state;
        }

        long position(int partition) {
            return partitions.containsKey(partition)
                    ? (long) partitions.get(partition).get("position")
                    : 0;
        }

        void take(ConsumerRecord<byte[], byte[]> record) throws IOException {
            long last = position(record.partition());
            long position = positionOf(record);
            if (position <= last) {
                return;
            }
            if (position != last + 1) {
                throw new Broken(
                        "partition %d: expected position %d, found %d"
                                .formatted(record.partition(), last + 1, position));
            }
            put(record.partition(), position, digestWith(record));
            types.merge(typeOf(record), 1L, Long::sum);
            taken = true;
        }

        /** Written beside, forced to the disk and renamed: the file is the old or the new one. */
        void save() throws IOException {
            if (!taken) {
                return;
            }
            Path beside = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(beside, this + "\n");
            try (FileChannel opened = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                opened.force(true);
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            taken = false;
        }

        @Override
        public String toString() {
            try {
                return JSON.writeValueAsString(
                        new TreeMap<>(Map.of("partitions", partitions, "types", types)));
            } catch (IOException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        private void put(int partition, long position, String digest) {
            partitions.put(
                    partition, new TreeMap<>(Map.of("position", position, "digest", digest)));
        }

        private String digestWith(ConsumerRecord<byte[], byte[]> record) {
            try {
                MessageDigest sha = MessageDigest.getInstance("SHA-256");
                TreeMap<String, Object> before = partitions.get(record.partition());
                if (before != null) {
                    sha.update(HexFormat.of().parseHex((String) before.get("digest")));
                }
                sha.update(record.value() == null ? new byte[0] : record.value());
                return HexFormat.of().formatHex(sha.digest());
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    private static String header(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static long positionOf(ConsumerRecord<?, ?> record) {
        String written = header(record, "position");
        if (!written.matches("[1-9][0-9]{0,17}")) {
            throw new Broken(
                    "partition %d, offset %d: no position in its headers"
                            .formatted(record.partition(), record.offset()));
        }
        return Long.parseLong(written);
    }

    /** What the ledger could not read as an event is in the stream too: positions stay dense. */
    private static String typeOf(ConsumerRecord<byte[], byte[]> record) throws IOException {
        if (!header(record, "content-type").startsWith("application/cloudevents+json")) {
            return "(unreadable)";
        }
        return JSON.readTree(record.value()).get("type").asText();
    }
}
