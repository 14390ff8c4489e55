// Appends that may be sent twice and happen once.
//
//   stream.Append(fields, {.idempotence = Idempotence::Id("till-7", receipt)});
//
// A producer that does not know whether its append happened (its process was killed, the answer was
// lost) sends it again with the same mark. If the first one is remembered, nothing is appended, and
// the answer is that of the first, with AppendResult::duplicate set.
//
// What is remembered stands in the same commit as the entries: both are there after a crash, or
// neither. It belongs to the stream: producers of the same name on two streams are two producers.
#ifndef EVLOG_IDEMPOTENCE_H_
#define EVLOG_IDEMPOTENCE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace evlog {

// The mark of one append, of one entry or a whole batch. The views must live until the call
// returns.
class Idempotence {
 public:
  // On disk: never renumber.
  enum class Kind : uint8_t { kSequence = 1, kId = 2, kContent = 3 };

  // The producer numbers its appends, upwards, with or without gaps. A repeat of the last number is
  // a duplicate; a lower one is ABORTED, with a Conflict that has the last one. Only the last
  // append of the producer is remembered, without limit in time: the choice for one that has one
  // append under way at a time.
  static Idempotence Sequence(std::string_view producer, uint64_t sequence) {
    return {Kind::kSequence, producer, {}, sequence};
  }
  // Any bytes that name the append. Remembered for StreamOptions::idempotence_window, and as one of
  // the producer's newest StreamOptions::idempotence_ids.
  static Idempotence Id(std::string_view producer, std::string_view id) {
    return {Kind::kId, producer, id, 0};
  }
  // The same, with an id made of what is appended: keys, and fields in any order. Two appends of
  // the same content within the window are one.
  static Idempotence Content(std::string_view producer) {
    return {Kind::kContent, producer, {}, 0};
  }

  Kind kind() const { return kind_; }
  std::string_view producer() const { return producer_; }
  std::string_view id() const { return id_; }      // kId
  uint64_t sequence() const { return sequence_; }  // kSequence

  // INVALID_ARGUMENT: a producer or an id that is empty, or longer than
  // kIdempotenceNameBytesMax.
  absl::Status Validate() const;

 private:
  Idempotence(Kind kind, std::string_view producer, std::string_view id, uint64_t sequence)
      : kind_(kind), producer_(producer), id_(id), sequence_(sequence) {}

  Kind kind_;
  std::string_view producer_;
  std::string_view id_;
  uint64_t sequence_;
};

}  // namespace evlog

#endif  // EVLOG_IDEMPOTENCE_H_
