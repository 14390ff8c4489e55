// Routes: what is published becomes entries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

EVLOG_CONTRACT_SUITE(RoutesTest);

TEST_P(RoutesTest, PublishedMessagesAreAppended) {
  ASSERT_OK(log().AddRoute({.pattern = "events.*", .stream = "events"}));
  EXPECT_EQ(log().channels().CountRoutes(), 1u);
  ASSERT_OK_AND_ASSIGN(Subscription live, log().channels().Subscribe("events.a"));
  EXPECT_THAT(log().channels().Publish("events.a", "1"), IsOkAndHolds(2u));
  EXPECT_THAT(log().channels().Publish("other", "2"), IsOkAndHolds(0u));
  const std::vector<std::string_view> batch = {"3", "4"};
  EXPECT_THAT(log().channels().PublishBatch("events.b", batch), IsOkAndHolds(2u));
  const std::vector<OwnedEntry> entries = Read("events");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].key, "events.a");
  EXPECT_THAT(entries[0].fields, ElementsAre(Pair("channel", "events.a"), Pair("payload", "1")));
  EXPECT_THAT(entries[2].fields, ElementsAre(Pair("channel", "events.b"), Pair("payload", "4")));
  Message message;
  ASSERT_THAT(live.Next(&message), IsOkAndHolds(true));
  EXPECT_EQ(message.payload(), "1");
}

TEST_P(RoutesTest, JsonMembersBecomeFieldsAndAKey) {
  Route route{.pattern = "json", .stream = "json"};
  route.fields = Route::Fields::kJson;
  route.key = Route::Key::kField;
  route.key_field = "id";
  ASSERT_OK(log().AddRoute(route));
  ASSERT_OK(log().channels().Publish("json", R"({"z":"text","id":7,"a":[1,null],"b":true})"));
  ASSERT_OK(log().channels().Publish("json", R"({"without":"a key"})"));
  for (const char* bad : {"", "text", "[1]", R"({"open":)", "{}"}) {
    EXPECT_THAT(log().channels().Publish("json", bad), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
  const std::vector<OwnedEntry> entries = Read("json");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].key, "7");
  EXPECT_THAT(entries[0].fields, ElementsAre(Pair("z", "text"), Pair("id", "7"),
                                             Pair("a", "[1,null]"), Pair("b", "true")));
  EXPECT_EQ(entries[1].key, std::nullopt);
}

TEST_P(RoutesTest, JsonMayNestRepeatAndBeLarge) {
  Route route{.pattern = "json", .stream = "json", .fields = Route::Fields::kJson};
  ASSERT_OK(log().AddRoute(route));
  ASSERT_OK(log().channels().Publish(
      "json", R"( {"a":{"b":[1, {"c\n":"\u00e9,{"}, [], {}, -2.50, 1e2]},"a":"again","":null} )"));
  constexpr size_t kDeep = 200'000;
  const std::string deep = std::string(kDeep, '[') + std::string(kDeep, ']');
  ASSERT_OK(log().channels().Publish("json", "{\"deep\":" + deep + "}"));
  std::string many = "{";
  for (int i = 0; i != 60'000; ++i) many += '"' + std::to_string(i) + "\":0,";
  many.back() = '}';
  ASSERT_OK(log().channels().Publish("json", many));
  const std::string with_zero("{\"a\":1}\0{}", 10);
  EXPECT_THAT(log().channels().Publish("json", with_zero),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const std::vector<OwnedEntry> entries = Read("json");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_THAT(entries[0].fields,
              ElementsAre(Pair("a", "{\"b\":[1,{\"c\\n\":\"\xc3\xa9,{\"},[],{},-2.5,100.0]}"),
                          Pair("a", "again"), Pair("", "null")));
  EXPECT_THAT(entries[1].fields, ElementsAre(Pair("deep", deep)));
  EXPECT_EQ(entries[2].fields.size(), 60'000u);
}

TEST_P(RoutesTest, ARouteMayKeepTheMessageFromSubscribers) {
  Route route{.pattern = "c", .stream = "s", .fields = Route::Fields::kPayload};
  route.key = Route::Key::kNone;
  route.live = false;
  ASSERT_OK_AND_ASSIGN(Subscription live, log().channels().Subscribe("c"));
  ASSERT_OK(log().AddRoute(route));
  EXPECT_THAT(log().channels().Publish("c", "1"), IsOkAndHolds(1u));
  EXPECT_EQ(live.stats().queued, 0u);
  EXPECT_THAT(Read("s")[0].fields, ElementsAre(Pair("payload", "1")));
  route.live = true;
  ASSERT_OK(log().AddRoute(route));  // takes its place
  EXPECT_THAT(log().channels().Publish("c", "2"), IsOkAndHolds(2u));
  EXPECT_EQ(Read("s").size(), 2u);
}

TEST_P(RoutesTest, AreThereAgainAfterARestartUntilTheyAreRemoved) {
  Route json{.pattern = "b", .stream = "json", .fields = Route::Fields::kJson};
  json.key = Route::Key::kField;
  json.key_field = "id";
  json.live = false;
  const Route plain{.pattern = "a*", .stream = "plain"};
  ASSERT_OK(log().AddRoute(json));
  ASSERT_OK(log().AddRoute(plain));
  EXPECT_THAT(log().ListRoutes(), IsOkAndHolds(ElementsAre(json, plain)));
  Restart();
  EXPECT_THAT(log().ListRoutes(), IsOkAndHolds(ElementsAre(json, plain)));
  EXPECT_THAT(log().channels().Publish("abc", "1"), IsOkAndHolds(1u));
  ASSERT_OK(log().RemoveRoute("a*", "plain"));
  EXPECT_THAT(log().RemoveRoute("a*", "plain"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log().channels().Publish("abc", "2"), IsOkAndHolds(0u));
  EXPECT_EQ(Read("plain").size(), 1u);
  Restart();
  EXPECT_THAT(log().ListRoutes(), IsOkAndHolds(ElementsAre(json)));
}

TEST_P(RoutesTest, AreOfADatabaseButChannelsAreOfAll) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventLog> other, log().InDatabase(3));
  ASSERT_OK(other->AddRoute({.pattern = "c", .stream = "s"}));
  EXPECT_THAT(log().ListRoutes(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log().channels().Publish("c", "1"), IsOkAndHolds(1u));
  EXPECT_EQ(ReadOf(*other, ReadRequest{.stream = "s"}).size(), 1u);
  EXPECT_THAT(log().DescribeStream("s"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(RoutesTest, AStreamThatWasDroppedIsMadeAnew) {
  ASSERT_OK(log().AddRoute({.pattern = "c", .stream = "s"}));
  ASSERT_OK(log().channels().Publish("c", "1"));
  ASSERT_OK(log().DropStream("s"));
  ASSERT_OK(log().channels().Publish("c", "2"));
  EXPECT_EQ(Read("s").size(), 1u);
}

TEST_P(RoutesTest, AreCountedInTheMetricsOfTheLog) {
  MetricsRegistry registry;
  OpenOptions options = Options();
  options.metrics = &registry;
  Close();
  Open(options);
  ASSERT_OK(log().AddRoute({.pattern = "c", .stream = "s"}));
  ASSERT_OK(log().AddRoute({.pattern = "*", .stream = "all"}));
  const std::vector<std::string_view> batch = {"1", "2"};
  ASSERT_OK(log().channels().PublishBatch("c", batch));
  ASSERT_OK(log().channels().Publish("d", "3"));
  int64_t published = 0, routed = 0;
  for (const MetricsRegistry::Sample& sample : registry.Samples()) {
    if (sample.name == "evlog_channels_published_total") published = sample.value;
    if (sample.name == "evlog_channels_routed_total") routed = sample.value;
  }
  EXPECT_EQ(published, 3);
  EXPECT_EQ(routed, 5);
  Close();  // before the registry
}

TEST_P(RoutesTest, RefusesWhatCannotBe) {
  EXPECT_THAT(log().AddRoute({.pattern = "c", .stream = ""}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().AddRoute({.pattern = std::string(70000, 'c'), .stream = "s"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pattern")));
  Route route{.pattern = "c", .stream = "s", .key = Route::Key::kField};
  EXPECT_THAT(log().AddRoute(route),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key_field")));
}

TEST_P(RoutesTest, AClosedLogRefusesMessagesThatARouteMatches) {
  ASSERT_OK(log().AddRoute({.pattern = "c", .stream = "s"}));
  ASSERT_OK_AND_ASSIGN(Subscription live, log().channels().Subscribe(Topic::Pattern("*")));
  ASSERT_OK(log().Close());
  EXPECT_THAT(log().channels().Publish("c", "1"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(live.stats().queued, 0u) << "subscribers see only what was appended";
  EXPECT_THAT(log().channels().Publish("d", "1"), IsOkAndHolds(1u));
}

}  // namespace
}  // namespace evlog
