#include "embedded/hub/key_order.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "embedded/hub/block.h"

namespace evlog::internal {
namespace {

Message Of(const std::string& payload) {
  Message message;
  MessageAccess::FillInline(payload.data(), 0, 0, payload.size(), nullptr, &message);
  return message;
}

TEST(KeyOrderTest, KeepsWhatComesForABusyKeyInOrder) {
  KeyOrder order;
  EXPECT_TRUE(order.Admit(1, Of("a1")));
  EXPECT_FALSE(order.Admit(1, Of("a2")));
  EXPECT_TRUE(order.Admit(2, Of("b1")));
  EXPECT_FALSE(order.Admit(1, Of("a3")));
  Message next;
  EXPECT_TRUE(order.Done(1, &next));
  EXPECT_EQ(next.payload(), "a2");
  EXPECT_FALSE(order.Done(2, &next));
  EXPECT_TRUE(order.Done(1, &next));
  EXPECT_EQ(next.payload(), "a3");
  EXPECT_FALSE(order.Done(1, &next));
  EXPECT_TRUE(order.Admit(1, Of("a4"))) << "the key is free again";
}

TEST(KeyOrderTest, SaysWhenItKeepsEnough) {
  KeyOrder order;
  EXPECT_TRUE(order.Admit(1, Of("first")));
  for (size_t i = 0; i < KeyOrder::kKeptMax; ++i) {
    EXPECT_FALSE(order.full());
    EXPECT_FALSE(order.Admit(1, Of("next")));
  }
  EXPECT_TRUE(order.full());
  Message next;
  EXPECT_TRUE(order.Done(1, &next));
  EXPECT_FALSE(order.full());
}

TEST(KeyOrderTest, HashesByContent) {
  EXPECT_EQ(KeyOrder::HashOf(std::string("key")), KeyOrder::HashOf("key"));
  EXPECT_NE(KeyOrder::HashOf("key"), KeyOrder::HashOf("kez"));
}

}  // namespace
}  // namespace evlog::internal
