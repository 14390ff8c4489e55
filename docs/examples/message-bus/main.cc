// A message bus within one process: handlers by topic, a worker pool, a duplicate filter, request
// and reply, and the step that makes one topic durable without touching its publishers.
#include <evlog/event_log.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace {

// What publishes orders. It knows channels only, before and after orders become durable.
absl::Status PlaceOrder(evlog::Channels& bus, std::string_view customer, std::string_view id) {
  const std::string order =
      R"({"id":")" + std::string(id) + R"(","customer":")" + std::string(customer) + R"("})";
  return bus.Publish("orders." + std::string(customer), order).status();
}

void WaitFor(const std::atomic<int>& counter, int value) {
  for (int now = counter; now < value; now = counter) counter.wait(now);
}

void Count(std::atomic<int>* counter) {
  counter->fetch_add(1);
  counter->notify_all();
}

absl::Status Run(const std::string& directory) {
  auto log = evlog::Open(directory);
  if (!log.ok()) return log.status();
  evlog::Channels& bus = (*log)->channels();

  // A handler for a topic: it shares threads with other handlers.
  std::atomic<int> heard{0};
  auto audit =
      bus.Subscribe(evlog::Topic::Pattern("orders.*"), {}, [&heard](const evlog::Message& message) {
        std::printf("audit: %.*s\n", static_cast<int>(message.channel().size()),
                    message.channel().data());
        Count(&heard);
      });
  if (!audit.ok()) return audit.status();

  // Four workers; orders of one customer stay in order, the same order is handled once, and
  // publishers wait rather than lose one.
  std::atomic<int> handled{0};
  evlog::SubscribeOptions pool;
  pool.workers = 4;
  pool.overflow = evlog::Overflow::kBlock;
  pool.order_key = [](const evlog::Message& message) { return message.channel(); };
  pool.duplicate_window = 1000;
  auto billing = bus.Subscribe(evlog::Topic::Pattern("orders.*"), pool,
                               [&handled](const evlog::Message&) { Count(&handled); });
  if (!billing.ok()) return billing.status();

  for (const char* id : {"1", "2", "2", "3"}) {
    if (absl::Status placed = PlaceOrder(bus, "ann", id); !placed.ok()) return placed;
  }
  WaitFor(heard, 4);
  WaitFor(handled, 3);
  billing->Unsubscribe();
  std::printf("billing: %d handled, %d duplicate\n", handled.load(),
              static_cast<int>(billing->stats().duplicates));

  // Request and reply.
  auto prices = bus.Subscribe("price", {}, [&bus](const evlog::Message& request) {
    bus.Publish(request.reply_to(), request.payload() == "apple" ? "1.20" : "?").IgnoreError();
  });
  if (!prices.ok()) return prices.status();
  auto price = bus.Request("price", "apple", absl::Seconds(10));
  if (!price.ok()) return price.status();
  std::printf("an apple is %s\n", std::string(price->payload()).c_str());

  // Orders become durable: from here on, PlaceOrder returns when the order is on the disk. Members
  // of the JSON object are fields, and a customer's orders stay in order.
  evlog::Route route;
  route.pattern = "orders.*";
  route.stream = "orders";
  route.fields = evlog::Route::Fields::kJson;
  route.key = evlog::Route::Key::kField;
  route.key_field = "customer";
  if (absl::Status added = (*log)->AddRoute(route); !added.ok()) return added;
  if (absl::Status placed = PlaceOrder(bus, "bob", "4"); !placed.ok()) return placed;
  WaitFor(heard, 5);

  auto cursor = (*log)->Read({.stream = "orders"});
  if (!cursor.ok()) return cursor.status();
  evlog::ChunkView chunk;
  for (;;) {
    absl::StatusOr<bool> more = cursor->Next(&chunk);
    if (!more.ok()) return more.status();
    if (!*more) break;
    for (const evlog::EntryView& entry : chunk) {
      std::printf("durable: order %s of %s\n",
                  std::string(entry.fields.Find("id").value_or("?")).c_str(),
                  std::string(entry.key.value_or("?")).c_str());
    }
  }
  return (*log)->Close();
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = Run(argc > 1 ? argv[1] : "message-bus-log");
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
