#include "embedded/hub/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evlog/message.h"

namespace evlog::internal {
namespace {

Message Shared(std::string_view channel, std::string_view payload) {
  Block* const block = Block::Make(channel, "reply", {&payload, 1});
  Message message;
  MessageAccess::FillShared(block, 0, nullptr, &message);
  block->Unref();
  return message;
}

Message Inline(std::string_view channel, std::string_view payload) {
  const std::string bytes = std::string(channel) + std::string(payload);
  Message message;
  MessageAccess::FillInline(bytes.data(), channel.size(), 0, payload.size(), nullptr, &message);
  return message;
}

TEST(BlockTest, HoldsEveryPayloadBehindTheNames) {
  const std::array<std::string_view, 3> payloads = {"one", "", "three"};
  Block* const block = Block::Make("channel", "reply", payloads);
  EXPECT_EQ(block->count(), 3u);
  EXPECT_EQ(block->channel(), "channel");
  EXPECT_EQ(block->reply_to(), "reply");
  EXPECT_EQ(block->payload(0), "one");
  EXPECT_EQ(block->payload(1), "");
  EXPECT_EQ(block->payload(2), "three");
  EXPECT_EQ(block->BytesOf(0, 3), 8u + 3 * 12);
  EXPECT_EQ(block->BytesOf(1, 2), 12u);
  block->Unref();
}

TEST(MessageTest, OneThatIsSharedOutlivesItsPublisherAndItsCopies) {
  Message kept;
  {
    const Message message = Shared("c", std::string(1000, 'x'));
    kept = message;
    EXPECT_EQ(kept.identity(), message.identity());
    EXPECT_EQ(kept.payload().data(), message.payload().data()) << "it was copied";
  }
  EXPECT_EQ(kept.channel(), "c");
  EXPECT_EQ(kept.reply_to(), "reply");
  EXPECT_EQ(kept.payload(), std::string(1000, 'x'));
}

TEST(MessageTest, ASmallOneHasItsBytesInItself) {
  auto original = std::make_unique<Message>(Inline("channel", "payload"));
  const Message copy = *original;
  Message moved = std::move(*original);
  original.reset();
  for (const Message* message : std::array<const Message*, 2>{&copy, &moved}) {
    EXPECT_EQ(message->channel(), "channel");
    EXPECT_EQ(message->payload(), "payload");
    EXPECT_EQ(message->reply_to(), "");
    EXPECT_EQ(message->pattern(), "");
    EXPECT_EQ(message->identity(), nullptr);
  }
}

TEST(MessageTest, IsAssignedAcrossKindsAndToItself) {
  Message message = Inline("a", "1");
  message = Shared("b", "2");
  EXPECT_EQ(message.payload(), "2");
  Message& same = message;
  message = same;
  EXPECT_EQ(message.payload(), "2");
  message = Inline("c", "3");
  EXPECT_EQ(message.channel(), "c");
  message = std::move(same);
  EXPECT_EQ(message.payload(), "3");
  message = Message();
  EXPECT_EQ(message.payload(), "");
}

TEST(MessageTest, MovesWithinAVector) {
  std::vector<Message> messages;
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i);
    messages.push_back(i % 2 == 0 ? Inline("c", text) : Shared("c", text));
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(messages[i].payload(), std::to_string(i));
}

TEST(MessageTest, KeepsThePatternThatMatched) {
  const auto pattern = std::make_shared<const std::string>("c*");
  Message message;
  MessageAccess::FillInline("ch1", 2, 0, 1, pattern, &message);
  const Message copy = message;
  EXPECT_EQ(copy.pattern(), "c*");
  MessageAccess::FillInline("ch1", 2, 0, 1, nullptr, &message);
  EXPECT_EQ(message.pattern(), "");
  EXPECT_EQ(copy.pattern(), "c*");
}

}  // namespace
}  // namespace evlog::internal
