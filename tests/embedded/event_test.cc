#include "evlog/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;

class EventTest : public ::testing::Test {
 protected:
  EventTest() {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(temp_.Path("log"), options);
    EXPECT_OK(log);
    log_ = *std::move(log);
    absl::StatusOr<Stream> stream = log_->OpenStream("s", {.durability = Durability::kOs});
    EXPECT_OK(stream);
    stream_ = *std::move(stream);
  }

  // "type/schema name=value ..." of each event.
  absl::StatusOr<std::vector<std::string>> Events(const Upcasters& upcasters,
                                                  uint64_t version = 0) {
    std::vector<std::string> texts;
    const absl::StatusOr<uint64_t> end =
        Replay(*log_, stream_, version, upcasters, [&](const EventView& event) {
          std::string text =
              std::string(event.header.type) + "/" + std::to_string(event.header.schema);
          for (const FieldView& field : event.fields) {
            text += " " + std::string(field.name) + "=" + std::string(field.value);
          }
          texts.push_back(std::move(text));
          return absl::OkStatus();
        });
    if (!end.ok()) return end.status();
    return texts;
  }

  TempDir temp_;
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  Stream stream_;
};

TEST_F(EventTest, StandsInTheLogAsPlainFields) {
  ASSERT_OK(stream_.Append(Event({.type = "deposited",
                                  .schema = 3,
                                  .correlation_id = "r1",
                                  .causation_id = "c1",
                                  .content_type = "application/json"},
                                 {{"data", "{}"}})));
  ASSERT_OK(stream_.Append(Event({.type = "closed"}, {})));
  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> entries, ReadAll(*log_, {.stream = "s"}));
  EXPECT_THAT(entries[0].fields,
              ElementsAre(Pair("type", "deposited"), Pair("schema", "3"),
                          Pair("correlation_id", "r1"), Pair("causation_id", "c1"),
                          Pair("content_type", "application/json"), Pair("data", "{}")));
  EXPECT_THAT(entries[1].fields, ElementsAre(Pair("type", "closed")));
}

TEST_F(EventTest, IsReadAsItWasWritten) {
  ASSERT_OK(stream_.Append(Event({.type = "deposited", .schema = 3, .correlation_id = "r1"},
                                 {{"amount", "5"}, {"type", "a second one is its own"}})));
  int seen = 0;
  ASSERT_OK(Replay(*log_, stream_, 0, {}, [&](const EventView& event) {
              ++seen;
              EXPECT_EQ(event.header.type, "deposited");
              EXPECT_EQ(event.header.schema, 3u);
              EXPECT_EQ(event.header.correlation_id, "r1");
              EXPECT_EQ(event.header.causation_id, "");
              EXPECT_EQ(event.entry.offset, 0u);
              EXPECT_THAT(event.Find("amount"), Optional(std::string_view("5")));
              EXPECT_THAT(event.Find("type"),
                          Optional(std::string_view("a second one is its own")));
              EXPECT_EQ(event.Find("other"), std::nullopt);
              return absl::OkStatus();
            }).status());
  EXPECT_EQ(seen, 1);
}

TEST_F(EventTest, WhatIsNoEventIsNamed) {
  ASSERT_OK(stream_.Append({{"v", "1"}}));
  EXPECT_THAT(Events({}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no field type")));
  for (const char* schema : {"0", "-1", "1x", "", "4294967296"}) {
    ASSERT_OK(stream_.Append({{"type", "t"}, {"schema", schema}}));
    ASSERT_OK_AND_ASSIGN(const StreamInfo info, log_->DescribeStream("s"));
    EXPECT_THAT(Events({}, info.partitions[0].next_offset - 1),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("entry " + info.last_id.ToString() + " is no event")))
        << schema;
  }
}

TEST_F(EventTest, UpcastersBringOldEventsUpToDate) {
  ASSERT_OK(stream_.Append(Event({.type = "paid"}, {{"euros", "5"}, {"note", "x"}})));
  ASSERT_OK(stream_.Append(Event({.type = "paid", .schema = 2}, {{"cents", "700"}})));
  ASSERT_OK(stream_.Append(Event({.type = "deposited"}, {{"cents", "900"}})));
  Upcasters upcasters;
  upcasters
      .Add("paid", 1,
           [](UpcastEvent* event) {
             event->Set("euros", *event->Find("euros") + "00");
             event->Rename("euros", "cents");
             event->Erase("note");
             event->schema = 2;
             return absl::OkStatus();
           })
      .Add("paid", 2, [](UpcastEvent* event) {
        event->type = "deposited";
        event->schema = 1;
        event->Set("by", "unknown");
        return absl::OkStatus();
      });
  EXPECT_THAT(Events(upcasters), IsOkAndHolds(ElementsAre("deposited/1 cents=500 by=unknown",
                                                          "deposited/1 cents=700 by=unknown",
                                                          "deposited/1 cents=900")));
  EXPECT_THAT(Events(upcasters, 2), IsOkAndHolds(ElementsAre("deposited/1 cents=900")));
  EXPECT_THAT(Events({}, 1),
              IsOkAndHolds(ElementsAre("paid/2 cents=700", "deposited/1 cents=900")));
}

TEST_F(EventTest, UpcastersThatCannotBeAreNamed) {
  ASSERT_OK(stream_.Append(Event({.type = "t"}, {})));
  Upcasters idle;
  idle.Add("t", 1, [](UpcastEvent*) { return absl::OkStatus(); });
  EXPECT_THAT(Events(idle),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("neither type nor schema")));
  Upcasters circle;
  const auto to = [](uint32_t schema) {
    return [schema](UpcastEvent* event) {
      event->schema = schema;
      return absl::OkStatus();
    };
  };
  circle.Add("t", 1, to(2)).Add("t", 2, to(1));
  EXPECT_THAT(Events(circle), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("circles")));
  Upcasters failing;
  failing.Add("t", 1, [](UpcastEvent*) { return absl::NotFoundError("no rate"); });
  EXPECT_THAT(Events(failing), StatusIs(absl::StatusCode::kNotFound,
                                        testing::AllOf(HasSubstr("no rate"), HasSubstr("type"))));
}

TEST_F(EventTest, ReplayAnswersTheNextVersionAndErrors) {
  const auto ok = [](const EventView&) { return absl::OkStatus(); };
  EXPECT_THAT(Replay(*log_, stream_, 0, {}, ok), IsOkAndHolds(0u));
  for (int i = 0; i < 5; ++i) ASSERT_OK(stream_.Append(Event({.type = "t"}, {})));
  EXPECT_THAT(Replay(*log_, stream_, 0, {}, ok), IsOkAndHolds(5u));
  EXPECT_THAT(Replay(*log_, stream_, 5, {}, ok), IsOkAndHolds(5u));
  EXPECT_THAT(
      Replay(*log_, stream_, 0, {}, [](const EventView&) { return absl::DataLossError("bad"); }),
      StatusIs(absl::StatusCode::kDataLoss, "bad"));
  ASSERT_OK(stream_.Trim({.keep = {.max_entries = 2, .exact = true}}));
  EXPECT_THAT(Replay(*log_, stream_, 2, {}, ok), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Replay(*log_, stream_, 3, {}, ok), IsOkAndHolds(5u));
}

}  // namespace
}  // namespace evlog
