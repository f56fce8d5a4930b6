/// Year, month, day and time of day of a moment in UTC.
public struct CivilTime: Sendable, Equatable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var nanosecond: Int
    /// 0 is Sunday.
    public var weekday: Int
}

extension UnixTime {
    /// The proleptic Gregorian date, by counting days from 1 March of year 0 in eras of 400 years,
    /// so that leap days fall at the end of a year and no table is needed.
    public var civil: CivilTime {
        let (seconds, nanosecond) = floorDivide(Int(nanoseconds), by: 1_000_000_000)
        let (days, secondOfDay) = floorDivide(seconds, by: 86_400)
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return CivilTime(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1,
            hour: secondOfDay / 3600,
            minute: secondOfDay / 60 % 60,
            second: secondOfDay % 60,
            nanosecond: nanosecond,
            weekday: floorDivide(days + 4, by: 7).remainder)
    }
}

private func floorDivide(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
