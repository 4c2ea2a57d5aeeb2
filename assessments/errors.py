"""What can be wrong with a question bank, an answer or an attempt; each error says it in one sentence."""


class AssessmentError(Exception):
    """Root of all errors of this package."""


class UnknownQuestion(AssessmentError):
    """A slug that no question of the bank bears."""

    def __init__(self, question_slug: str) -> None:
        super().__init__(f"The bank has no question {question_slug!r}.")
        self.question_slug = question_slug


class UnknownOption(AssessmentError):
    """A slug that no option of the question bears."""

    def __init__(self, question_slug: str, option_slug: str) -> None:
        super().__init__(f"Question {question_slug!r} has no option {option_slug!r}.")
        self.question_slug = question_slug
        self.option_slug = option_slug


class UnfitAnswer(AssessmentError):
    """Nothing was chosen, or several options where the question takes one."""

    def __init__(self, question_slug: str, n_chosen: int) -> None:
        super().__init__(f"{n_chosen} options chosen do not answer question {question_slug!r}.")
        self.question_slug = question_slug
        self.n_chosen = n_chosen


class InvalidAttempt(AssessmentError):
    """The answers given do not make an attempt that can be graded."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The attempt cannot be graded: {reason}.")
        self.reason = reason


class NotEnoughQuestions(AssessmentError):
    """The bank holds fewer graded questions than an attempt needs."""

    def __init__(self, n_wanted: int, n_available: int) -> None:
        super().__init__(f"{n_wanted} questions are wanted and the bank has {n_available}.")
        self.n_wanted = n_wanted
        self.n_available = n_available


class FieldRefused(AssessmentError):
    """A field of a content table is missing, of the wrong kind or unknown. Readers add the file's name to it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}." if field else f"{reason}.")
        self.field = field
        self.reason = reason


class InvalidBank(AssessmentError):
    """A question bank that is not written as the content format says."""

    def __init__(self, file: str, field: str, reason: str) -> None:
        place = f"{file}, {field}" if field else file
        super().__init__(f"{place}: {reason}.")
        self.file = file
        self.field = field
        self.reason = reason


class InvalidScores(AssessmentError):
    """Scores that no item statistic can be computed from: not 0 or 1, or lists of unequal length."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The scores cannot be analysed: {reason}.")
        self.reason = reason
