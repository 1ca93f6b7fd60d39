Feature: Sign-up by phone

  Scenario: A visitor proves that a number is theirs
    Given a visitor who has a phone
    When they ask for a code
    And they enter the code that arrives
    Then they are welcome
