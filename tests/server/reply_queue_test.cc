#include "server/reply_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/rng.h"

namespace evlog::server {
namespace {

void Answer(ReplyQueue& queue, uint64_t slot, int64_t value) {
  queue.Complete(slot, [value](RespWriter& reply) { reply.Integer(value); });
}

TEST(ReplyQueue, WritesInTheOrderOfRequests) {
  ReplyQueue queue;
  const uint64_t a = queue.Take(2, false), b = queue.Take(2, false), c = queue.Take(2, false);
  Answer(queue, c, 3);
  EXPECT_EQ(queue.out(), "");
  EXPECT_EQ(queue.held_bytes(), 4u);
  Answer(queue, a, 1);
  EXPECT_EQ(queue.out(), ":1\r\n");
  EXPECT_EQ(queue.open(), 2u);
  Answer(queue, b, 2);
  EXPECT_EQ(queue.out(), ":1\r\n:2\r\n:3\r\n");
  EXPECT_TRUE(queue.idle());
  EXPECT_EQ(queue.held_bytes(), 0u);
}

TEST(ReplyQueue, ThrowsMutedRepliesAway) {
  ReplyQueue queue;
  const uint64_t a = queue.Take(2, true), b = queue.Take(2, true), c = queue.Take(2, false);
  queue.SetMuted(b, false);
  Answer(queue, b, 2);
  Answer(queue, a, 1);
  Answer(queue, c, 3);
  EXPECT_EQ(queue.out(), ":2\r\n:3\r\n");
}

TEST(ReplyQueue, EachReplyIsInTheProtocolOfItsRequest) {
  ReplyQueue queue;
  const uint64_t a = queue.Take(2, false), b = queue.Take(3, false);
  queue.Complete(b, [](RespWriter& reply) { reply.Null(); });
  queue.Complete(a, [](RespWriter& reply) { reply.Null(); });
  EXPECT_EQ(queue.out(), "$-1\r\n_\r\n");
}

TEST(ReplyQueue, AnyOrderOfCompletionGivesTheSame) {
  Rng rng(7);
  ReplyQueue queue;
  std::vector<uint64_t> open;
  std::string expected;
  int64_t next = 0;
  for (int step = 0; step < 5000; ++step) {
    if (open.size() < 200 && rng.Below(2) == 0) {
      open.push_back(queue.Take(2, false));
      expected += ":" + std::to_string(next++) + "\r\n";
    } else if (!open.empty()) {
      const size_t at = rng.Below(open.size());
      Answer(queue, open[at], static_cast<int64_t>(open[at]));
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  for (const uint64_t slot : open) Answer(queue, slot, static_cast<int64_t>(slot));
  EXPECT_TRUE(queue.idle());
  EXPECT_EQ(queue.out(), expected);
}

}  // namespace
}  // namespace evlog::server
